// Neo4j inside one JVM, with Bolt on the address given and no authentication. Arguments: data directory, host:port.
// It shuts down in order on SIGTERM, and when its standard input ends, so that it never outlives its parent; and it
// takes its data with it, since a parent that was killed cannot.

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.neo4j.configuration.GraphDatabaseInternalSettings;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.io.ByteUnit;

public final class Neo4jService {
  public static void main(String[] arguments) throws IOException {
    var address = arguments[1].split(":");
    var data = Path.of(arguments[0]);
    var bolt = new SocketAddress(address[0], Integer.parseInt(address[1]));
    var service = new DatabaseManagementServiceBuilder(data)
        .setConfig(BoltConnector.enabled, true)
        .setConfig(BoltConnector.listen_address, bolt)
        .setConfig(BoltConnector.advertised_address, bolt)
        .setConfig(GraphDatabaseSettings.auth_enabled, false)
        .setConfig(GraphDatabaseSettings.pagecache_memory, ByteUnit.mebiBytes(64))
        .setConfig(GraphDatabaseSettings.udc_enabled, false) // else it reports its usage to its makers
        .setConfig(GraphDatabaseSettings.preallocate_logical_logs, false) // else 512 MB of disk, empty
        .setConfig(GraphDatabaseInternalSettings.netty_server_shutdown_quiet_period, 0) // else 10 s to stop
        .build();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      service.shutdown();
      FileUtils.deleteQuietly(data.toFile());
    }));
    System.out.println("ready on bolt://" + bolt);
    System.in.transferTo(OutputStream.nullOutputStream());
    System.exit(0);
  }
}

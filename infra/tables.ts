// DATA: the two tables and their indexes. The stack and the local deployment both create them from here.

/** An index holds the key attributes, and `include` where named; nothing projects a manifest or an image. */
export interface IndexRow {
  name: string;
  partition: string;
  sort: string;
  include?: string[];
}

export interface TableRow {
  name: 'Events' | 'State';
  partition: string;
  sort: string;
  ttl: string;
  /** The stream that the archive reads. */
  stream: boolean;
  indexes: IndexRow[];
}

export const TABLES: TableRow[] = [
  {
    name: 'Events',
    partition: 'pk',
    sort: 'sk',
    ttl: 'expires_at',
    stream: true,
    indexes: [
      {
        name: 'byCorrelation',
        partition: 'correlation_key',
        sort: 'time_key',
        include: ['event', 'expires_at'],
      },
      { name: 'byProject', partition: 'project_key', sort: 'time_key', include: ['event', 'expires_at'] },
      { name: 'failures', partition: 'failure_key', sort: 'time_key', include: ['event', 'expires_at'] },
    ],
  },
  {
    name: 'State',
    partition: 'pk',
    sort: 'sk',
    ttl: 'expires_at',
    stream: false,
    indexes: [
      { name: 'openOperations', partition: 'open_key', sort: 'deadline_key' },
      { name: 'byProject', partition: 'listing_key', sort: 'order_key' },
    ],
  },
];

// `npm run schemas`: publishes the schemas of all messages beside the code that reads them.

import { writeFileSync } from 'node:fs';
import { envelopeSchemas } from '../../functions/envelope-schemas.ts';

const file = new URL('../../functions/envelope.schema.json', import.meta.url);
writeFileSync(file, JSON.stringify(envelopeSchemas(), null, 2));

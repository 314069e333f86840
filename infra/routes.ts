// DATA: which function answers which route, as API Gateway knows them. The functions have their own list with schemas
// and answers (functions/routes.ts); a test holds the two equal.

/** Requests a second of all routes, and how many more may come at once. */
export const THROTTLE = { rateLimit: 200, burstLimit: 400 };

export const ROUTES: Record<string, string[]> = {
  'write-document': [
    'PUT /projects/{project}/documents/{file_path+}',
    'DELETE /projects/{project}/documents/{file_path+}',
  ],
  query: [
    'GET /health',
    'GET /projects',
    'GET /events',
    'GET /projects/{project}/status',
    'GET /projects/{project}/settings',
    'GET /projects/{project}/documents',
    'GET /projects/{project}/documents/{file_path+}',
    'GET /projects/{project}/scans',
    'GET /projects/{project}/scans/{id}',
    'GET /projects/{project}/drifts',
    'GET /projects/{project}/chunks/{id}',
    'GET /projects/{project}/repairs',
    'GET /projects/{project}/repairs/{id}',
    'GET /projects/{project}/quarantine',
    'GET /projects/{project}/events',
    'GET /projects/{project}/failures',
    'GET /projects/{project}/breakers',
  ],
  operate: [
    'PUT /projects/{project}',
    'PUT /projects/{project}/settings',
    'POST /projects/{project}/scans',
    'PATCH /projects/{project}/scans/{id}',
    'POST /projects/{project}/repairs',
    'POST /projects/{project}/quarantine/{id}/restore',
    'PUT /projects/{project}/breakers',
  ],
};

/** Answers whatever fits no route: with 404, or with 405 and the methods that there are. */
export const FALLBACK = 'query';

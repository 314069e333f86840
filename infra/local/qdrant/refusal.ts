// What the server says when it does not do what was asked, in Qdrant's words wherever Qdrant has some.

export interface Refusal extends Error {
  status: number;
}

export const refusal = (status: number, message: string): Refusal =>
  Object.assign(new Error(message), { status });

export const isRefusal = (error: unknown): error is Refusal => error instanceof Error && 'status' in error;

export const malformed = (problem: string) => refusal(400, `Format error in JSON body: ${problem}`);

export const invalid = (problem: string) => refusal(422, `Validation error in JSON body: [${problem}]`);

export const wrongInput = (problem: string) => refusal(400, `Wrong input: ${problem}`);

export const noPoint = (id: number | string) => refusal(404, `Not found: No point with id ${id} found`);

export const noCollection = (name: string) =>
  refusal(404, `Not found: Collection \`${name}\` doesn't exist!`);

export const notImitated = (what: string) => refusal(501, `This stand-in for Qdrant does not do ${what}`);

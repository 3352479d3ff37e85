/**
 * What the origin of the API `example` answers: users, in the page's envelope. What a live key posts
 * is kept; what a test key posts is answered alike and not kept, as the page promises.
 */

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at: string;
}

/** Where users are kept, for each account apart. */
export interface UserStore {
  put(account: string, user: User): Promise<void>;
  get(account: string, id: string): Promise<User | null>;
}

/** The user of the page's example call, whom every account has. */
const SAMPLE: User = {
  id: "usr_123",
  name: "Ada Example",
  email: "ada@example.com",
  created_at: "2025-01-01T00:00:00Z",
};

const MAX_TEXT_LENGTH = 254;

/** `GET /v1/users/:id`: the sample, or a user whom the caller's account has posted. */
export async function showUser(request: Request, id: string, users: UserStore): Promise<Response> {
  const user = id === SAMPLE.id ? SAMPLE : await loadUser(request, id, users);
  if (user !== null) return Response.json({ success: true, data: user });
  return answerError(404, { code: "not_found", message: "There is no user with this id." });
}

/** `POST /v1/users` `{name, email}`: a new user; the environment of the key says whether it is kept. */
export async function createUser(request: Request, users: UserStore): Promise<Response> {
  const members = await readMembers(request);
  const wrong = (["name", "email"] as const).filter((field) => !isText(members[field]));
  const { name, email } = members;
  if (!isText(name) || !isText(email)) {
    return answerError(400, {
      code: "invalid_request",
      message: "A user needs a name and an email.",
      details: wrong.map((field) => ({ field, message: "must be a text of 1 to 254 characters" })),
    });
  }
  const id = `usr_${crypto.randomUUID().replaceAll("-", "")}`;
  const user: User = { id, name, email, created_at: new Date().toISOString() };
  if (isLive(request)) await users.put(accountOf(request), user);
  return Response.json({ success: true, data: user }, { status: 201 });
}

async function loadUser(request: Request, id: string, users: UserStore): Promise<User | null> {
  return isLive(request) ? users.get(accountOf(request), id) : null;
}

/** The members of a JSON object; none when the body is anything else. */
async function readMembers(request: Request): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await request.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT_LENGTH;
}

/** The authorizer alone sets these headers, so the origin can rely on them. */
function isLive({ headers }: Request): boolean {
  return headers.get("x-authz-environment") === "live";
}

function accountOf({ headers }: Request): string {
  return headers.get("x-authz-account-id") ?? "";
}

function answerError(status: number, error: object): Response {
  return Response.json({ success: false, error }, { status });
}

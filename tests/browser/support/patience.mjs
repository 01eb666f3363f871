/** How long anything may take, in milliseconds: on a machine that builds something meanwhile, too. */
export const kPatienceMs = 90_000;

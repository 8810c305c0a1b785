/** The roles that the one user has in the one project. */
export const ROLES = ["reader", "member", "admin"] as const;

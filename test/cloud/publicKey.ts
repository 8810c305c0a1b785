/** The key of the recorded exchanges; nobody has its private half here. */
export const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA8CLc/3uZ4FOSDPhZlqGqSVp5MGgxfVf9FJXjyM6sTf x";

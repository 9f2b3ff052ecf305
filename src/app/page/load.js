// A module of the site that is loaded only where it is needed.
export const load = (address) => import(address);

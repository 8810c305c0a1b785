/** Where the doubles answer otherwise than a real OpenStack on purpose: everything else is a bug of theirs. */

/** A difference that is known and stays. */
export interface AllowedDifference {
  /** Of the call's name. */
  readonly call: RegExp;
  /** Of the place in the answer. */
  readonly path: RegExp;
  readonly because: string;
}

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  { call: /./, path: /\bstandard_attr_id$/, because: "it is the number of a row in Neutron's database" },
  {
    call: /network/,
    path: /^body\.networks?\.(?:0\.)?availability_zones$/,
    because: "the lab's OpenStack has no DHCP agent, which is what puts a network into a zone",
  },
  {
    call: /^images$/,
    path: /\.(?:checksum|os_hash_algo|os_hash_value|size|virtual_size|stores)$/,
    because: "an image of the doubles has no bytes behind the API",
  },
  {
    call: /^server, as of 2\.67$/,
    path: /./,
    because: "the doubles speak microversions up to 2.64, the newest that the provider asks for",
  },
];

package dev.sinew.neighbor;

/** What is known of an address that this stack is to have. */
public enum AddressState {
  /** It is being asked whether somebody has it; it is not used yet. */
  TENTATIVE,
  /** It is ours. */
  PREFERRED,
  /** Somebody else has it: it is not used. */
  DUPLICATE
}

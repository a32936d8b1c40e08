package dev.sinew.base;

/** Which segments of a connection with ECN are sent as ECN-capable, that is with ECT(0). */
public enum EcnCapable {
  /** New data (RFC 3168 sections 6.1.4 to 6.1.6). */
  NEW_DATA,
  /** With accurate ECN all but SYNs; else new data. */
  ALL_IF_ACCURATE,
  /** New data, and the first SYN-ACK (ECN+). */
  SYN_ACKS,
  /** All, the SYN that asks for ECN too (ECN++). */
  ALL
}

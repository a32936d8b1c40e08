package dev.sinew.tcp.auth;

import dev.sinew.ip.Prefix;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A key that a TCP endpoint or listener shares with its peers: of the MD5 option (RFC 2385), or a
 * master key tuple of TCP-AO (RFC 5925 section 3.1). A value; its text does not show the secret.
 */
public final class AuthKey {
  /** The pairs of key derivation and MAC that RFC 5926 makes mandatory, and MD5. */
  public enum Algorithm {
    /** RFC 2385. */
    MD5,
    /** RFC 5926: HMAC-SHA-1-96 with KDF_HMAC_SHA1. */
    HMAC_SHA_1_96,
    /** RFC 5926: AES-128-CMAC-96 with KDF_AES_128_CMAC. */
    AES_128_CMAC_96
  }

  /** Longest secret, in bytes. */
  public static final int MAX_SECRET = 80;

  private final Algorithm algorithm;
  private final Prefix peers;
  private final int port;
  private final int sendId;
  private final int receiveId;
  private final boolean options;
  private final byte[] secret;

  private AuthKey(
      Algorithm algorithm,
      Prefix peers,
      int port,
      int sendId,
      int receiveId,
      boolean options,
      byte[] secret) {
    if (secret.length == 0 || secret.length > MAX_SECRET) {
      throw new IllegalArgumentException(
          "a key has 1 to " + MAX_SECRET + " bytes, not " + secret.length);
    }
    if ((sendId | receiveId) >>> 8 != 0) {
      throw new IllegalArgumentException("a key's number is 0 to 255");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
    }
    this.algorithm = algorithm;
    this.peers = peers;
    this.port = port;
    this.sendId = sendId;
    this.receiveId = receiveId;
    this.options = options;
    this.secret = secret.clone();
  }

  /**
   * A key of the MD5 option for all peers in a network.
   *
   * @param secret 1 to {@value #MAX_SECRET} bytes
   * @throws IllegalArgumentException when the secret is empty or too long
   */
  public static AuthKey md5(Prefix peers, byte[] secret) {
    return new AuthKey(Algorithm.MD5, peers, 0, 0, 0, true, secret);
  }

  /**
   * A master key tuple of TCP-AO for all peers in a network.
   *
   * @param sendId the KeyID of what we send, 0 to 255
   * @param receiveId the KeyID of what we receive, 0 to 255
   * @param secret 1 to {@value #MAX_SECRET} bytes
   * @throws IllegalArgumentException when a number is out of its range
   */
  public static AuthKey ao(
      Prefix peers, int sendId, int receiveId, Algorithm algorithm, byte[] secret) {
    if (algorithm == Algorithm.MD5) {
      throw new IllegalArgumentException("TCP-AO has no algorithm MD5: HMAC_SHA_1_96 is its first");
    }
    return new AuthKey(algorithm, peers, 0, sendId, receiveId, true, secret);
  }

  /** The same key for one port of the peers only; 0 for all. */
  public AuthKey port(int peerPort) {
    return new AuthKey(algorithm, peers, peerPort, sendId, receiveId, options, secret);
  }

  /**
   * The same key whose signature does not cover the other TCP options, for paths that rewrite them
   * (RFC 5925 section 3.1, the TCP option flag); without meaning for MD5.
   */
  public AuthKey withoutOptions() {
    return new AuthKey(algorithm, peers, port, sendId, receiveId, false, secret);
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  public Prefix peers() {
    return peers;
  }

  /** The peers' port, 0 for all. */
  public int port() {
    return port;
  }

  public int sendId() {
    return sendId;
  }

  public int receiveId() {
    return receiveId;
  }

  public boolean coversOptions() {
    return options;
  }

  boolean isMd5() {
    return algorithm == Algorithm.MD5;
  }

  byte[] secret() {
    return secret;
  }

  boolean matches(long peerHigh, long peerLow, int peerPort) {
    return (port == 0 || port == peerPort) && peers.contains(peerHigh, peerLow);
  }

  /** Whether some peer has both keys. */
  boolean overlaps(AuthKey other) {
    Prefix a = peers;
    Prefix b = other.peers;
    boolean address =
        a.contains(b.address().high(), b.address().low())
            || b.contains(a.address().high(), a.address().low());
    return address && (port == 0 || other.port == 0 || port == other.port);
  }

  /** Whether it is for the same peers: adding it replaces the other. */
  boolean sameMd5Peers(AuthKey other) {
    return isMd5() && other.isMd5() && peers.equals(other.peers) && port == other.port;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AuthKey k
        && algorithm == k.algorithm
        && peers.equals(k.peers)
        && port == k.port
        && sendId == k.sendId
        && receiveId == k.receiveId
        && options == k.options
        && MessageDigest.isEqual(secret, k.secret);
  }

  @Override
  public int hashCode() {
    return Objects.hash(algorithm, peers, port, sendId, receiveId, options);
  }

  @Override
  public String toString() {
    String ids = isMd5() ? "" : " send " + sendId + " receive " + receiveId;
    return algorithm + ids + " for " + peers + (port == 0 ? "" : " port " + port);
  }
}

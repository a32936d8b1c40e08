package dev.sinew.tcp.auth;

import dev.sinew.tcp.auth.AuthKey.Algorithm;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A message authentication code with its key: of TCP-AO's segments, and of its key derivation (RFC
 * 5926). Signatures are cut to 96 bits.
 */
abstract class AoMac {
  /** Bytes of a signature in a segment. */
  static final int MAC_LENGTH = 12;

  /** "TCP-AO" in ASCII. */
  private static final int LABEL_HIGH = 0x5443_502d;

  private static final int LABEL_LOW = 0x414f;

  /** Signs what the context holds, into {@link AuthContext#mac}. May change what it holds. */
  final void sign(AuthContext c) {
    try {
      compute(c);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  abstract void compute(AuthContext c) throws GeneralSecurityException;

  /** Bytes of the whole code, which are those of a traffic key. */
  abstract int fullLength();

  /**
   * The code under the traffic key of one direction of one connection (RFC 5925 section 5.2): the
   * key derivation of RFC 5926 section 3.1.1 over both sockets and both initial sequence numbers.
   */
  static AoMac derive(
      AuthContext c,
      AuthKey master,
      boolean v4,
      long fromHigh,
      long fromLow,
      int fromPort,
      long toHigh,
      long toLow,
      int toPort,
      int fromIsn,
      int toIsn) {
    AoMac kdf = kdf(c, master);
    c.begin();
    c.put8(1);
    c.put32(LABEL_HIGH);
    c.put16(LABEL_LOW);
    c.putAddress(v4, fromHigh, fromLow);
    c.putAddress(v4, toHigh, toLow);
    c.put16(fromPort);
    c.put16(toPort);
    c.put32(fromIsn);
    c.put32(toIsn);
    c.put16(kdf.fullLength() * 8);
    kdf.sign(c);
    return of(master.algorithm(), Arrays.copyOf(c.mac(), kdf.fullLength()));
  }

  private static AoMac kdf(AuthContext c, AuthKey master) {
    if (master.algorithm() == Algorithm.AES_128_CMAC_96 && master.secret().length != 16) {
      // RFC 5926 section 3.1.1.2: a secret of another length is cut to size by the zero key.
      c.begin();
      c.put(master.secret());
      of(master.algorithm(), new byte[16]).sign(c);
      return of(master.algorithm(), Arrays.copyOf(c.mac(), 16));
    }
    return of(master.algorithm(), master.secret());
  }

  static AoMac of(Algorithm algorithm, byte[] key) {
    try {
      return algorithm == Algorithm.AES_128_CMAC_96 ? new AesCmac(key) : new HmacSha1(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class HmacSha1 extends AoMac {
    private final Mac mac = Mac.getInstance("HmacSHA1");

    HmacSha1(byte[] key) throws GeneralSecurityException {
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
    }

    @Override
    int fullLength() {
      return 20;
    }

    @Override
    void compute(AuthContext c) throws GeneralSecurityException {
      mac.update(c.bytes(), 0, c.length());
      mac.doFinal(c.mac(), 0);
    }
  }

  /** AES-CMAC: a CBC-MAC whose last block is masked by a subkey; the JDK has none. */
  private static final class AesCmac extends AoMac {
    private static final int BLOCK = 16;

    private final Cipher cbc = Cipher.getInstance("AES/CBC/NoPadding");

    /** For a last block that is whole, and for one that is padded. */
    private final byte[] whole = new byte[BLOCK];

    private final byte[] padded = new byte[BLOCK];

    AesCmac(byte[] key) throws GeneralSecurityException {
      cbc.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[BLOCK]));
      byte[] l = cbc.doFinal(new byte[BLOCK]);
      doubled(l, whole);
      doubled(whole, padded);
    }

    /** Multiplies by x in the field of 2^128 elements. */
    private static void doubled(byte[] from, byte[] to) {
      int carry = 0;
      for (int i = BLOCK - 1; i >= 0; i--) {
        int b = from[i] & 0xff;
        to[i] = (byte) (b << 1 | carry);
        carry = b >>> 7;
      }
      to[BLOCK - 1] ^= (byte) (carry == 1 ? 0x87 : 0);
    }

    @Override
    int fullLength() {
      return BLOCK;
    }

    @Override
    void compute(AuthContext c) throws GeneralSecurityException {
      int length = c.length();
      boolean complete = length > 0 && length % BLOCK == 0;
      if (!complete) {
        c.put8(0x80);
        c.zeros(-c.length() & BLOCK - 1);
      }
      byte[] b = c.bytes();
      int total = c.length();
      byte[] subkey = complete ? whole : padded;
      for (int i = 0; i < BLOCK; i++) {
        b[total - BLOCK + i] ^= subkey[i];
      }
      int done = cbc.doFinal(b, 0, total, b, 0);
      System.arraycopy(b, done - BLOCK, c.mac(), 0, BLOCK);
    }
  }
}

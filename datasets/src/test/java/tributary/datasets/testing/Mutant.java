package tributary.datasets.testing;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import tributary.datasets.Checks;

/**
 * A file that something happened to.
 *
 * @param how what happened
 * @param bytes of the file as it is now
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Mutant(String how, byte[] bytes) {
  private static final int LONGEST_RUN_BITS = 9;
  private static final byte[] ODD_VALUES = {0, 1, 0x7f, (byte) 0x80, (byte) 0xfe, (byte) 0xff};

  /** Flips, or sets, some bytes where they are; the length stays. */
  public static Mutant overwritten(byte[] file, SplittableRandom random) {
    return overwritten(file, 0, file.length, random);
  }

  /** The same between two places, of which the second is not touched. */
  public static Mutant overwritten(byte[] file, int from, int to, SplittableRandom random) {
    byte[] bytes = file.clone();
    int places = 1 + random.nextInt(1 + random.nextInt(6));
    StringBuilder how = new StringBuilder("changed bytes");
    for (int i = 0; i < places; i++) {
      int at = random.nextInt(from, to);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = ODD_VALUES[random.nextInt(ODD_VALUES.length)];
        default -> bytes[at] = (byte) random.nextInt(256);
      }
      how.append(Checks.format(" %d", at));
    }
    return new Mutant(how.toString(), bytes);
  }

  /** Only a beginning is left. */
  public static Mutant truncated(byte[] file, SplittableRandom random) {
    int length = random.nextInt(file.length);
    return new Mutant(Checks.format("cut at byte %d", length), Arrays.copyOf(file, length));
  }

  /**
   * Stretches are taken out, put in, doubled, cleared, exchanged, or are another file's.
   *
   * @param other a file of the same kind
   */
  public static Mutant rearranged(byte[] file, byte[] other, SplittableRandom random) {
    int at = random.nextInt(file.length);
    int end = Math.min(file.length, at + 1 + random.nextInt(1 << random.nextInt(LONGEST_RUN_BITS)));
    byte[] run = Arrays.copyOfRange(file, at, end);
    return switch (random.nextInt(6)) {
      case 0 -> replaced("took out", file, at, end, new byte[0]);
      case 1 -> replaced("doubled", file, at, at, run);
      case 2 -> replaced("put in noise for", file, at, at, noise(run.length, random));
      case 3 -> replaced("cleared", file, at, end, new byte[run.length]);
      case 4 -> exchanged(file, at, end, random);
      default -> {
        int from = random.nextInt(other.length);
        byte[] rest = Arrays.copyOfRange(other, from, other.length);
        yield replaced("went on as another file from byte " + from, file, at, file.length, rest);
      }
    };
  }

  /** With other bytes between two places. */
  public static Mutant replaced(String how, byte[] file, int from, int to, byte[] by) {
    byte[] bytes =
        ByteBuffer.allocate(file.length - (to - from) + by.length)
            .put(file, 0, from)
            .put(by)
            .put(file, to, file.length - to)
            .array();
    return new Mutant(Checks.format("%s bytes %d to %d", how, from, to), bytes);
  }

  /** Random bytes. */
  public static byte[] noise(int length, SplittableRandom random) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  private static Mutant exchanged(byte[] file, int at, int end, SplittableRandom random) {
    int length = end - at;
    int other = random.nextInt(file.length - length + 1);
    byte[] bytes = file.clone();
    System.arraycopy(file, other, bytes, at, length);
    System.arraycopy(file, at, bytes, other, length);
    return new Mutant(Checks.format("exchanged %d bytes at %d and %d", length, at, other), bytes);
  }
}

package tributary.datasets.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import tributary.datasets.Checks;
import tributary.datasets.image.Change.Fate;
import tributary.datasets.testing.Mutant;

/** Changes to JPEGs that know what a JPEG is made of. */
final class JpegChanges {
  private static final int SOI_BYTES = 2;
  private static final int SOF2 = 0xc2;
  private static final int SOS = 0xda;
  private static final int EOI = 0xd9;
  private static final int COM = 0xfe;
  private static final byte[] END = {(byte) 0xff, (byte) EOI};

  private JpegChanges() {}

  /**
   * A marker with what belongs to it: of SOS, all up to the next marker.
   *
   * @param code second byte of the marker
   * @param from its place
   * @param to the place after its end
   */
  record Segment(int code, int from, int to) {
    boolean isFrame() {
      return code >= 0xc0 && code <= SOF2;
    }
  }

  /** One change, drawn from many kinds; both are whole JPEGs that end with EOI. */
  static Change of(byte[] jpeg, byte[] other, SplittableRandom random) {
    List<Segment> segments = segments(jpeg);
    return switch (random.nextInt(13)) {
      case 0 -> new Change(Mutant.overwritten(jpeg, random), Fate.WHOLE);
      case 1 -> new Change(Mutant.truncated(jpeg, random), Fate.REFUSED);
      case 2 -> endedTooEarly(jpeg, segments, random);
      case 3 -> new Change(remark(jpeg, segments, random), Fate.SAME);
      case 4 -> new Change(reordered(jpeg, segments, random), Fate.WHOLE);
      case 5, 6 -> new Change(header(jpeg, segments, random), Fate.WHOLE);
      case 7 -> new Change(length(jpeg, segments, random), Fate.WHOLE);
      case 8 -> new Change(tables(jpeg, segments, random), Fate.WHOLE);
      case 9 -> new Change(behind(jpeg, random), Fate.SAME);
      case 10 -> new Change(marker(jpeg, random), Fate.WHOLE);
      case 11 -> new Change(scan(jpeg, segments, random), Fate.WHOLE);
      default -> new Change(Mutant.rearranged(jpeg, other, random), Fate.WHOLE);
    };
  }

  /** All segments between SOI and EOI of a whole JPEG. */
  static List<Segment> segments(byte[] jpeg) {
    List<Segment> segments = new ArrayList<>();
    int at = SOI_BYTES;
    while (true) {
      int from = at;
      while (jpeg[at + 1] == (byte) 0xff) {
        at++;
      }
      int code = jpeg[at + 1] & 0xff;
      if (code == EOI) {
        return segments;
      }
      int to = at + 2 + Short.toUnsignedInt(ByteBuffer.wrap(jpeg).getShort(at + 2));
      at = code == SOS ? endOfScan(jpeg, to) : to;
      segments.add(new Segment(code, from, at));
    }
  }

  /** Without remarks and what programs store for themselves; the pixels stay. */
  static byte[] bare(byte[] jpeg) {
    ByteArrayOutputStream bare = new ByteArrayOutputStream();
    bare.write(jpeg, 0, SOI_BYTES);
    for (Segment segment : segments(jpeg)) {
      boolean isRemark = segment.code() == COM || (segment.code() & 0xf0) == 0xe0;
      if (!isRemark) {
        bare.write(jpeg, segment.from(), segment.to() - segment.from());
      }
    }
    bare.writeBytes(END);
    return bare.toByteArray();
  }

  private static int endOfScan(byte[] jpeg, int from) {
    int at = from;
    while (jpeg[at] != (byte) 0xff || isPartOfScan(jpeg[at + 1] & 0xff)) {
      at++;
    }
    return at;
  }

  private static boolean isPartOfScan(int code) {
    return code == 0 || code == 0xff || (code >= 0xd0 && code <= 0xd7);
  }

  /** Of a progressive JPEG whole scans may be missing, which makes a coarser picture. */
  private static Change endedTooEarly(
      byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    boolean progressive = segments.stream().anyMatch(segment -> segment.code() == SOF2);
    int length = random.nextInt(SOI_BYTES, jpeg.length - END.length);
    Mutant mutant = Mutant.replaced("ended in place of", jpeg, length, jpeg.length, END);
    return new Change(mutant, progressive ? Fate.WHOLE : Fate.REFUSED);
  }

  /** A comment, or a program's own segment of a kind that says nothing about the picture. */
  private static Mutant remark(byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    int code = random.nextBoolean() ? COM : 0xe0 + random.nextInt(5, 14);
    byte[] text = Mutant.noise(random.nextInt(200), random);
    byte[] remark =
        ByteBuffer.allocate(4 + text.length)
            .putShort((short) (0xff00 | code))
            .putShort((short) (2 + text.length))
            .put(text)
            .array();
    int at = any(segments, random).from();
    return Mutant.replaced(Checks.format("put remark %02x at", code), jpeg, at, at, remark);
  }

  private static Mutant reordered(byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    Segment one = any(segments, random);
    Segment two = any(segments, random);
    byte[] bytes = Arrays.copyOfRange(jpeg, one.from(), one.to());
    String name = Checks.format("segment %02x ", one.code());
    return switch (random.nextInt(3)) {
      case 0 -> Mutant.replaced(name + "gone:", jpeg, one.from(), one.to(), new byte[0]);
      case 1 -> Mutant.replaced(name + "repeated at", jpeg, two.from(), two.from(), bytes);
      default -> Mutant.replaced(name + "in place of", jpeg, two.from(), two.to(), bytes);
    };
  }

  /** Sizes, components and what they refer to, of the frame or of a scan. */
  private static Mutant header(byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    List<Segment> headers =
        segments.stream().filter(found -> found.isFrame() || found.code() == SOS).toList();
    Segment header = any(headers, random);
    int data = header.from() + 4;
    if (header.isFrame() && random.nextInt(4) == 0) {
      byte[] bytes = jpeg.clone();
      System.arraycopy(jpeg, data + 1, bytes, data + 3, 2);
      System.arraycopy(jpeg, data + 3, bytes, data + 1, 2);
      return new Mutant("exchanged height and width", bytes);
    }
    return Mutant.overwritten(jpeg, header.from(), data + (header.isFrame() ? 15 : 10), random);
  }

  private static Mutant length(byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    int at = any(segments, random).from() + 2;
    return Mutant.overwritten(jpeg, at, at + 2, random);
  }

  private static Mutant tables(byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    List<Segment> tables =
        segments.stream().filter(found -> found.code() == 0xc4 || found.code() == 0xdb).toList();
    Segment table = any(tables, random);
    return Mutant.overwritten(jpeg, table.from() + 4, table.to(), random);
  }

  private static Mutant behind(byte[] jpeg, SplittableRandom random) {
    byte[] noise = Mutant.noise(1 + random.nextInt(100), random);
    return Mutant.replaced("put noise behind", jpeg, jpeg.length, jpeg.length, noise);
  }

  private static Mutant marker(byte[] jpeg, SplittableRandom random) {
    byte[] marker = {(byte) 0xff, (byte) random.nextInt(256)};
    int at = random.nextInt(jpeg.length);
    return Mutant.replaced(
        Checks.format("put marker %02x at", marker[1] & 0xff), jpeg, at, at, marker);
  }

  private static Mutant scan(byte[] jpeg, List<Segment> segments, SplittableRandom random) {
    Segment scan = any(segments.stream().filter(found -> found.code() == SOS).toList(), random);
    int from = random.nextInt(scan.from() + 10, scan.to());
    int to = Math.min(scan.to(), from + random.nextInt(1, 30));
    return switch (random.nextInt(3)) {
      case 0 -> Mutant.overwritten(jpeg, from, to, random);
      case 1 -> Mutant.replaced("took out of a scan", jpeg, from, to, new byte[0]);
      default ->
          Mutant.replaced(
              "doubled in a scan", jpeg, from, from, Arrays.copyOfRange(jpeg, from, to));
    };
  }

  private static Segment any(List<Segment> segments, SplittableRandom random) {
    return segments.get(random.nextInt(segments.size()));
  }
}

package tributary.datasets.image;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import tributary.datasets.Checks;
import tributary.datasets.image.Change.Fate;
import tributary.datasets.testing.Mutant;

/** Changes to PNGs that know what a PNG is made of, and mend its checksums. */
final class PngChanges {
  private static final int SIGNATURE_BYTES = 8;
  private static final int HEADER_BYTES = 33;
  private static final byte[] END = Pictures.chunk("IEND", new byte[0]);

  /** Those that mean something to decoders, and one that means nothing to anybody. */
  private static final List<String> TYPES =
      List.of(
          "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "iCCP", "sRGB", "sBIT", "bKGD",
          "hIST", "pHYs", "eXIf", "acTL", "fcTL", "fdAT", "tIME", "zTXt", "ABCD");

  private PngChanges() {}

  /** A chunk; its CRC32 is made when it is written. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Chunk(String type, byte[] data) {}

  /** One change, drawn from many kinds; both are whole PNGs that end with IEND. */
  static Change of(byte[] png, byte[] other, SplittableRandom random) throws IOException {
    List<Chunk> chunks = chunks(png);
    return switch (random.nextInt(12)) {
      case 0 -> new Change(Mutant.overwritten(png, random), Fate.REFUSED);
      case 1 -> new Change(Mutant.truncated(png, random), Fate.REFUSED);
      case 2 -> new Change(endedTooEarly(png, random), Fate.SAME_OR_REFUSED);
      case 3 -> new Change(mended(chunks, "IHDR", random), Fate.WHOLE);
      case 4 -> new Change(mended(chunks, "IDAT", random), Fate.SAME_OR_REFUSED);
      case 5 -> new Change(mended(chunks, any(chunks, random).type(), random), Fate.WHOLE);
      case 6 -> new Change(reordered(chunks, random), Fate.WHOLE);
      case 7 -> new Change(remark(chunks, random), Fate.SAME);
      case 8 -> new Change(foreignChunk(chunks, random), Fate.WHOLE);
      case 9 -> otherPixels(chunks, random);
      case 10 -> new Change(behind(png, random), Fate.SAME);
      default -> new Change(Mutant.rearranged(png, other, random), Fate.WHOLE);
    };
  }

  static List<Chunk> chunks(byte[] png) {
    List<Chunk> chunks = new ArrayList<>();
    int at = SIGNATURE_BYTES;
    while (at < png.length) {
      int length = ByteBuffer.wrap(png).getInt(at);
      String type = new String(png, at + 4, 4, StandardCharsets.ISO_8859_1);
      chunks.add(new Chunk(type, Arrays.copyOfRange(png, at + 8, at + 8 + length)));
      at += 12 + length;
    }
    return chunks;
  }

  private static byte[] written(List<Chunk> chunks) {
    return Pictures.png(
        chunks.stream()
            .map(chunk -> Pictures.chunk(chunk.type(), chunk.data()))
            .toArray(byte[][]::new));
  }

  private static Mutant endedTooEarly(byte[] png, SplittableRandom random) {
    int length = random.nextInt(HEADER_BYTES, png.length);
    return Mutant.replaced("ended in place of", png, length, png.length, END);
  }

  /** Other contents with a right checksum. */
  private static Mutant mended(List<Chunk> chunks, String type, SplittableRandom random) {
    List<Chunk> changed = new ArrayList<>(chunks);
    int index = chunks.stream().map(Chunk::type).toList().indexOf(type);
    byte[] data = chunks.get(index).data();
    Mutant mutant =
        data.length == 0 ? new Mutant("nothing", data) : Mutant.overwritten(data, random);
    changed.set(index, new Chunk(type, mutant.bytes()));
    return new Mutant(type + " and its checksum: " + mutant.how(), written(changed));
  }

  private static Mutant reordered(List<Chunk> chunks, SplittableRandom random) {
    List<Chunk> changed = new ArrayList<>(chunks);
    int from = random.nextInt(chunks.size());
    int to = random.nextInt(chunks.size());
    Chunk moved = chunks.get(from);
    String how;
    switch (random.nextInt(3)) {
      case 0 -> {
        changed.remove(from);
        how = "without chunk %d, %s";
      }
      case 1 -> {
        changed.add(to, moved);
        how = "chunk %d, %s, once more";
      }
      default -> {
        changed.set(from, chunks.get(to));
        changed.set(to, moved);
        how = "exchanged chunk %d, %s";
      }
    }
    return new Mutant(Checks.format(how, from, moved.type()), written(changed));
  }

  private static Mutant remark(List<Chunk> chunks, SplittableRandom random) {
    List<Chunk> changed = new ArrayList<>(chunks);
    int at = random.nextBoolean() ? 1 : chunks.size() - 1;
    byte[] text = Mutant.noise(random.nextInt(100), random);
    changed.add(at, new Chunk("teXt", text));
    return new Mutant(
        "put a text of " + text.length + " bytes before chunk " + at, written(changed));
  }

  private static Mutant foreignChunk(List<Chunk> chunks, SplittableRandom random) {
    List<Chunk> changed = new ArrayList<>(chunks);
    String type = TYPES.get(random.nextInt(TYPES.size()));
    int[] lengths = {0, 1, 2, 3, 4, 6, 8, 9, 13, 26, 32, random.nextInt(800)};
    int length = lengths[random.nextInt(lengths.length)];
    int at = random.nextInt(chunks.size());
    changed.add(at, new Chunk(type, Mutant.noise(length, random)));
    return new Mutant(
        Checks.format("put %s of %d random bytes before chunk %d", type, length, at),
        written(changed));
  }

  /** The pixels packed anew: as they were, or other ones, or not as many as the header says. */
  private static Change otherPixels(List<Chunk> chunks, SplittableRandom random)
      throws IOException {
    byte[] pixels = inflated(data(chunks));
    byte[] noise = Mutant.noise(1 + random.nextInt(40), random);
    int length = pixels.length;
    return switch (random.nextInt(4)) {
      case 0 -> {
        Mutant as = new Mutant("other compression", repacked(chunks, pixels, random));
        yield new Change(as, Fate.SAME);
      }
      case 1 -> {
        byte[] fewer = Arrays.copyOf(pixels, random.nextInt(length));
        byte[] png = repacked(chunks, fewer, random);
        yield new Change(
            new Mutant(Checks.format("%d of %d values", fewer.length, length), png), Fate.REFUSED);
      }
      case 2 -> {
        byte[] more = Mutant.replaced("", pixels, length, length, noise).bytes();
        byte[] png = repacked(chunks, more, random);
        yield new Change(
            new Mutant(Checks.format("%d values for %d", more.length, length), png), Fate.REFUSED);
      }
      default -> {
        Mutant changed = Mutant.overwritten(pixels, random);
        byte[] png = repacked(chunks, changed.bytes(), random);
        yield new Change(new Mutant("pixels: " + changed.how(), png), Fate.WHOLE);
      }
    };
  }

  /** In one IDAT, or in several. */
  private static byte[] repacked(List<Chunk> chunks, byte[] pixels, SplittableRandom random)
      throws IOException {
    byte[] packed = deflated(pixels, random.nextInt(10));
    List<Chunk> changed = new ArrayList<>();
    for (Chunk chunk : chunks) {
      if (!chunk.type().equals("IDAT")) {
        changed.add(chunk);
      } else if (changed.stream().noneMatch(before -> before.type().equals("IDAT"))) {
        int at = random.nextInt(packed.length);
        changed.add(new Chunk("IDAT", Arrays.copyOf(packed, at)));
        changed.add(new Chunk("IDAT", Arrays.copyOfRange(packed, at, packed.length)));
      }
    }
    return written(changed);
  }

  private static byte[] data(List<Chunk> chunks) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    chunks.stream()
        .filter(chunk -> chunk.type().equals("IDAT"))
        .forEach(chunk -> data.writeBytes(chunk.data()));
    return data.toByteArray();
  }

  private static byte[] inflated(byte[] packed) throws IOException {
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }

  private static byte[] deflated(byte[] bytes, int level) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(level);
    try (DeflaterOutputStream stream = new DeflaterOutputStream(out, deflater)) {
      stream.write(bytes);
    } finally {
      deflater.end();
    }
    return out.toByteArray();
  }

  private static Mutant behind(byte[] png, SplittableRandom random) {
    byte[] noise = Mutant.noise(1 + random.nextInt(100), random);
    return Mutant.replaced("put noise behind", png, png.length, png.length, noise);
  }

  private static Chunk any(List<Chunk> chunks, SplittableRandom random) {
    return chunks.get(random.nextInt(chunks.size()));
  }
}

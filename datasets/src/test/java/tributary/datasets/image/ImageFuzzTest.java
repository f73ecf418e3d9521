package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tributary.datasets.image.Change.Fate;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Fuzz;
import tributary.datasets.testing.Fuzz.Trial;
import tributary.datasets.testing.Photos;

/**
 * Pictures of many kinds, changed at random in thousands of ways: none brings down the JVM, none
 * takes long, and none that is not whole passes for a picture.
 */
@ExtendWith(FashionMnist.class)
class ImageFuzzTest {
  private static final int JPEGS = 4_000;
  private static final int PNGS = 4_000;
  private static final long MAX_PIXELS = 1 << 18;

  private final Map<Fate, AtomicInteger> accepted = new EnumMap<>(Fate.class);
  private final Map<Fate, AtomicInteger> refused = new EnumMap<>(Fate.class);

  ImageFuzzTest() {
    for (Fate fate : Fate.values()) {
      accepted.put(fate, new AtomicInteger());
      refused.put(fate, new AtomicInteger());
    }
  }

  /** A picture that nothing happened to. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Original(String kind, byte[] bytes, Image grey, Image colour) {
    static Original of(String kind, byte[] bytes) throws BadImageException {
      return new Original(
          kind, bytes, ImageDecoder.decode(bytes, 1), ImageDecoder.decode(bytes, 3));
    }

    byte[] pixels(int channels) {
      return channels == 1 ? grey.pixels() : colour.pixels();
    }
  }

  @Test
  @Timeout(600)
  void changedJpegsAreRefusedOrWhole() throws Exception {
    List<Original> originals = jpegs();
    Fuzz.run(
        "jpeg-fuzz",
        JPEGS,
        random -> {
          Original original = originals.get(random.nextInt(originals.size()));
          Original other = originals.get(random.nextInt(originals.size()));
          return trial(original, JpegChanges.of(original.bytes(), other.bytes(), random), random);
        });
    assertBothHappen();
  }

  @Test
  @Timeout(600)
  void changedPngsAreRefusedOrWhole() throws Exception {
    List<Original> originals = pngs();
    Fuzz.run(
        "png-fuzz",
        PNGS,
        random -> {
          Original original = originals.get(random.nextInt(originals.size()));
          Original other = originals.get(random.nextInt(originals.size()));
          return trial(original, PngChanges.of(original.bytes(), other.bytes(), random), random);
        });
    assertBothHappen();
  }

  /** Else the changes would be too gentle, or too rough, to tell anything. */
  private void assertBothHappen() {
    if (Integer.getInteger("fuzz.trials") == null) {
      assertThat(accepted.get(Fate.WHOLE).get()).as("accepted %s", accepted).isGreaterThan(100);
      assertThat(refused.get(Fate.WHOLE).get()).as("refused %s", refused).isGreaterThan(100);
    }
  }

  private Trial trial(Original original, Change change, SplittableRandom random) {
    int channels = random.nextBoolean() ? 1 : 3;
    byte[] bytes = change.mutant().bytes();
    Fate fate = Arrays.equals(bytes, original.bytes()) ? Fate.SAME : change.fate();
    return new Trial(
        original.kind() + " as " + channels + " channels, " + change.mutant().how(),
        () -> {
          Image decoded = decode(bytes, channels);
          (decoded == null ? refused : accepted).get(fate).incrementAndGet();
          check(original, fate, bytes, channels, decoded);
          lookAt(bytes, channels, decoded != null);
          shrink(bytes, channels, decoded != null);
        });
  }

  private static void check(Original original, Fate fate, byte[] bytes, int channels, Image decoded)
      throws IOException {
    switch (fate) {
      case SAME -> assertSame(original, channels, decoded);
      case REFUSED -> assertThat(decoded).as("picture that had to be refused").isNull();
      case SAME_OR_REFUSED -> {
        if (decoded != null) {
          assertSame(original, channels, decoded);
        }
      }
      case WHOLE -> {
        if (decoded != null && ImageFormat.of(bytes).orElseThrow() == ImageFormat.JPEG) {
          OtherDecoder.requireWholeJpeg(bytes, decoded);
        } else if (decoded != null) {
          OtherDecoder.requireWholePng(bytes, decoded);
        }
      }
    }
  }

  private static void assertSame(Original original, int channels, Image decoded) {
    assertThat(decoded).as("picture that must be decoded").isNotNull();
    assertThat(decoded.pixels()).as("pixels").isEqualTo(original.pixels(channels));
  }

  private static Image decode(byte[] bytes, int channels) {
    try {
      return ImageDecoder.decode(bytes, channels, MAX_PIXELS);
    } catch (BadImageException e) {
      assertThat(e).message().isNotBlank();
      return null;
    }
  }

  /** As training does: what comes out is of the size asked for, or refused. */
  private static void lookAt(byte[] bytes, int channels, boolean isWhole) throws IOException {
    try {
      ImageHeader header = ImageHeader.read(bytes, MAX_PIXELS);
      Picture picture = Picture.of(bytes);
      assertThat(picture.height()).isEqualTo(header.uprightHeight());
      assertThat(picture.width()).isEqualTo(header.uprightWidth());
      Cut cut = Cut.of(Region.all(picture.height(), picture.width()), 5, 6);
      Pixels window = picture.windows(List.of(cut), channels, 5, 6).get(0);
      assertThat(window.values()).hasSize(5 * 6 * channels);
    } catch (BadImageException e) {
      assertThat(isWhole).as("whole, but refused: %s", e.getMessage()).isFalse();
    }
  }

  /** As packing does. */
  private static void shrink(byte[] bytes, int channels, boolean isWhole) throws IOException {
    try {
      ImageHeader header = ImageHeader.read(bytes, MAX_PIXELS);
      int shortSide = Math.max(1, Math.min(header.height(), header.width()) - 1);
      Image small = ImageDecoder.decode(ImageShrinker.shrink(bytes, channels, shortSide, 90), 1);
      assertThat(Math.min(small.height(), small.width())).isEqualTo(shortSide);
    } catch (BadImageException e) {
      assertThat(isWhole).as("whole, but refused: %s", e.getMessage()).isFalse();
    }
  }

  private static List<Original> jpegs() throws IOException {
    byte[] photo = Photos.jpeg(48, 32, 1);
    BufferedImage grey = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
    grey.createGraphics().drawImage(Photos.picture(40, 30, 2), 0, 0, null);
    byte[] profile = "ICC_PROFILE\0\1\1not a profile".getBytes(StandardCharsets.ISO_8859_1);
    List<Original> originals = new ArrayList<>();
    originals.add(Original.of("JPEG by ImageIO", photo));
    originals.add(Original.of("grey JPEG", Pictures.encode("jpg", grey)));
    originals.add(Original.of("JPEG on its side", Pictures.withOrientation(photo, 6)));
    originals.add(
        Original.of("JPEG with a broken profile", Pictures.withSegment(photo, 0xe2, profile)));
    originals.add(Original.of("CMYK JPEG", Pictures.withAdobeMarker(inks(), 0)));
    originals.add(
        Original.of(
            "progressive JPEG by ImageIO",
            Photos.jpeg(
                new IIOImage(Photos.picture(33, 47, 3), null, null),
                0.8f,
                ImageWriteParam.MODE_DEFAULT)));
    originals.add(
        Original.of(
            "JPEG with restarts",
            Pictures.jpegByOpenCv(
                Photos.picture(50, 34, 4), opencv_imgcodecs.IMWRITE_JPEG_RST_INTERVAL, 2)));
    originals.add(
        Original.of(
            "progressive JPEG by OpenCV",
            Pictures.jpegByOpenCv(
                Photos.picture(41, 29, 5), opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE, 1)));
    return originals;
  }

  private static byte[] inks() {
    byte[] noise = new byte[24 * 24 * 4];
    new SplittableRandom(1).nextBytes(noise);
    int[] values = new int[noise.length];
    Arrays.setAll(values, i -> noise[i / 64 * 64] & 0xff);
    return Pictures.jpegOfComponents(24, 24, 4, values);
  }

  private static List<Original> pngs() throws IOException {
    List<Original> originals = new ArrayList<>();
    try (Dataset data =
        Dataset.open(FashionMnist.shards(20, 10, 10).toUri().toString(), new Configuration())) {
      for (int i = 0; i < 3; i++) {
        byte[] png = data.read("train", i).example().image().orElseThrow().getValue();
        originals.add(Original.of("Fashion-MNIST " + i, png));
      }
    }
    int[] types = {
      BufferedImage.TYPE_BYTE_GRAY,
      BufferedImage.TYPE_USHORT_GRAY,
      BufferedImage.TYPE_BYTE_BINARY,
      BufferedImage.TYPE_BYTE_INDEXED,
      BufferedImage.TYPE_INT_RGB,
      BufferedImage.TYPE_INT_ARGB
    };
    for (int type : types) {
      originals.add(Original.of("PNG of type " + type, Pictures.gradient("png", type, 27, 14)));
    }
    originals.add(
        Original.of("photo", PngEncoder.encode(ImageDecoder.decode(Photos.jpeg(32, 24, 6), 3))));
    originals.add(Original.of("interlaced PNG", Pictures.interlacedPng(Photos.picture(21, 19, 7))));
    byte[] plain = Pictures.encode("png", Photos.picture(24, 16, 1));
    byte[] exif = Pictures.chunk("eXIf", Pictures.tiff(8, ByteOrder.BIG_ENDIAN));
    originals.add(
        Original.of(
            "PNG on its side",
            ByteBuffer.allocate(plain.length + exif.length)
                .put(plain, 0, 33)
                .put(exif)
                .put(plain, 33, plain.length - 33)
                .array()));
    return originals;
  }
}

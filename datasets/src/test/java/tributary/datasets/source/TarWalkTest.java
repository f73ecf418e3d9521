package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.source.TarWalk.Member;

@Timeout(120)
class TarWalkTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"v7", "ustar", "oldgnu", "gnu", "pax"})
  void readsWhatTheTarProgramWrites(String format) throws IOException {
    int longest = format.equals("v7") || format.equals("ustar") ? 60 : 200;
    String parent = format.equals("v7") ? "" : "p".repeat(90) + "/";
    SplittableRandom random = Seeds.random(7, format.hashCode());
    for (int archive = 0; archive < 4; archive++) {
      Path files = folder.resolve("files" + archive);
      for (int file = 0; file < 30; file++) {
        String name = (file % 2 == 0 ? parent : "") + name(random, longest);
        Drawings.write(files.resolve(name), bytes(random, random.nextInt(2_000)));
      }
      Path tar = folder.resolve(archive + ".tar");
      TarProgram.pack(tar, files, List.of(), "--format=" + format);

      assertThat(TarProgram.comparable(read(Stretch.of(tar.toString(), CONF))))
          .isEqualTo(
              TarProgram.comparable(TarProgram.unpack(tar, folder.resolve("out" + archive))));
    }
  }

  @Test
  void readsWhatAnotherLibraryWrites() throws IOException {
    SplittableRandom random = Seeds.random(11);
    for (int archive = 0; archive < 20; archive++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
        tar.setLongFileMode(
            random.nextBoolean()
                ? TarArchiveOutputStream.LONGFILE_GNU
                : TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(
            random.nextBoolean()
                ? TarArchiveOutputStream.BIGNUMBER_STAR
                : TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(random.nextBoolean());
        for (int file = 0; file < 20; file++) {
          add(tar, new TarArchiveEntry(name(random, 300)), bytes(random, random.nextInt(2_000)));
        }
      }

      assertThat(TarProgram.comparable(read(Stretch.of("test", out.toByteArray()))))
          .isEqualTo(TarProgram.comparable(readByLibrary(out.toByteArray())));
    }
  }

  @Test
  void namesThatAreHostilePathsAreDataAndLinksAndDevicesAreNothing() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      add(tar, new TarArchiveEntry("../../etc/x", /* preserveAbsolutePath= */ true), ascii("up"));
      add(tar, new TarArchiveEntry("/etc/passwd", /* preserveAbsolutePath= */ true), ascii("root"));
      for (byte type :
          new byte[] {
            TarConstants.LF_LINK,
            TarConstants.LF_SYMLINK,
            TarConstants.LF_CHR,
            TarConstants.LF_BLK,
            TarConstants.LF_FIFO,
            TarConstants.LF_DIR
          }) {
        TarArchiveEntry entry = new TarArchiveEntry("special" + type, type);
        entry.setLinkName("/etc/passwd");
        add(tar, entry, new byte[0]);
      }
      add(tar, new TarArchiveEntry("folder/", TarConstants.LF_NORMAL), new byte[0]);
      add(tar, new TarArchiveEntry("last"), ascii("end"));
    }

    assertThat(read(Stretch.of("test", out.toByteArray())))
        .containsOnlyKeys("../../etc/x", "/etc/passwd", "last")
        .containsEntry("last", ascii("end"));
  }

  @Test
  void anArchiveInAnArchiveIsReadWhereItIs() throws IOException {
    Drawings.write(folder.resolve("in/a"), ascii("one"));
    Drawings.write(folder.resolve("in/b"), ascii("two"));
    TarProgram.pack(folder.resolve("inner.tar"), folder.resolve("in"), List.of("a", "b"));
    Path outer = folder.resolve("outer.tar");
    TarProgram.pack(outer, folder, List.of("in/b", "inner.tar", "in/a"));

    try (TarWalk walk = TarWalk.archive(Stretch.of(outer.toString(), CONF))) {
      walk.next();
      Member inner = walk.next();
      assertThat(inner.name()).isEqualTo("inner.tar");
      assertThat(read(Stretch.of(outer.toString(), inner.offset(), inner.bytes(), CONF)))
          .containsOnlyKeys("a", "b")
          .containsEntry("b", ascii("two"));
    }
  }

  @Test
  void tensOfGigabytesArePassedOverUnread() throws IOException {
    Path tar = folder.resolve("huge.tar");
    long huge = 40L << 30;
    try (RandomAccessFile file = new RandomAccessFile(tar.toFile(), "rw")) {
      file.write(header("huge", '0', starNumber(huge)));
      file.seek(512 + huge);
      file.write(header("small", '0', octal(3)));
      file.write(Arrays.copyOf(ascii("end"), 512 + 1024));
    }

    try (TarWalk walk = TarWalk.archive(Stretch.of(tar.toString(), CONF))) {
      assertThat(walk.next()).isEqualTo(new Member("huge", 0, 512, huge));
      assertThat(walk.next()).isEqualTo(new Member("small", 512 + huge, 1024 + huge, 3));
      assertThat(walk.next()).isNull();
    }
  }

  @Test
  void everyCutBeforeTheEndIsNoticed() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      add(tar, new TarArchiveEntry("a"), bytes(Seeds.random(1), 700));
      add(tar, new TarArchiveEntry("long/".repeat(40) + "b"), bytes(Seeds.random(2), 10));
    }
    byte[] whole = out.toByteArray();
    long end = 0;
    try (TarWalk walk = TarWalk.archive(Stretch.of("test", whole))) {
      for (Member member = walk.next(); member != null; member = walk.next()) {
        end = member.end();
      }
    }

    for (int length = 0; length < end + 512; length++) {
      Stretch cut = Stretch.of("cut.tar", Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> read(cut))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("Bad tar at byte ", " of cut.tar: expected ", "it is cut off");
    }
    assertThat(read(Stretch.of("cut.tar", Arrays.copyOf(whole, (int) end + 512)))).hasSize(2);
  }

  @Test
  void sizesThatNoFileHasAreRefused() {
    refused(header("x", '0', starNumber(Long.MAX_VALUE)), "expected 9223372036854775807 bytes");
    refused(header("x", '0', starNumber(1L << 40)), "expected 1099511627776 bytes");
    byte[] beyond = starNumber(0);
    beyond[2] = 1;
    refused(header("x", '0', beyond), "expected the size of a member, found other than a number");
    byte[] negative = new byte[12];
    Arrays.fill(negative, (byte) 0xff);
    refused(header("x", '0', negative), "expected the size of a member");
    refused(header("x", '0', ascii("12345678999 ")), "expected the size of a member");
    refused(header("x", '0', new byte[12]), "expected the size of a member");
    refused(header("x", 'K', negative), "expected the size of a member");
    refused(header("x", 'L', starNumber(10L << 30)), "expected 10737418240 bytes");
  }

  @Test
  void attributesThatAreTooLongAreRefusedUnread() throws IOException {
    Path tar = folder.resolve("name.tar");
    try (RandomAccessFile file = new RandomAccessFile(tar.toFile(), "rw")) {
      file.write(header("x", 'L', starNumber(10L << 30)));
      file.setLength(11L << 30);
    }
    assertThatThrownBy(() -> read(Stretch.of(tar.toString(), CONF)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected at most 1048576 bytes of attributes, found 10737418240");
  }

  @Test
  void brokenPaxAttributesAreRefused() {
    refused(pax("27 size=9223372036854775808\n"), "expected pax attributes");
    refused(pax("28 size=9223372036854775808\n"), "expected the size of a member");
    refused(pax("16 size=1000000\n"), "expected 1000000 bytes");
    refused(pax("11 size=-1\n"), "expected the size of a member");
    refused(pax("99999999 path=x\n"), "expected pax attributes");
    refused(pax("0 path=x\n"), "expected pax attributes");
    refused(pax("path=x\n"), "expected pax attributes");
    refused(pax("7 path\n"), "found one without a value");
    refused(pax("22 GNU.sparse.major=1\n"), "found a sparse file");
    refused(header("x", 'S', octal(0)), "expected whole files, found a sparse file");
  }

  @Test
  void aTimeThatTakesForeverToParseIsNotParsed() throws IOException {
    byte[] content = Arrays.copyOf(ascii("x"), 512 + 1024);
    byte[] tar = join(pax("24 mtime=1e9999999999999"), header("file", '0', octal(1)), content);
    assertThatThrownBy(() -> read(Stretch.of("test", tar)))
        .hasMessageContaining("expected pax attributes");
    byte[] right = join(pax("25 mtime=1e9999999999999\n"), header("file", '0', octal(1)), content);
    assertThat(read(Stretch.of("test", right))).containsOnlyKeys("file");
  }

  @Test
  void whatIsNoTarIsRefused() {
    assertThatThrownBy(() -> read(Stretch.of("page.tar", ascii("<html>".repeat(500)))))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Bad tar: expected a member's header at byte 0 of page.tar, found a wrong checksum; it"
                + " is no tar, or a damaged one");
  }

  @Test
  void mutatedArchivesAreReadInBoundsOrRefused() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      add(tar, new TarArchiveEntry("a"), bytes(Seeds.random(1), 700));
      add(tar, new TarArchiveEntry("long/".repeat(40) + "b"), bytes(Seeds.random(2), 10));
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      add(tar, new TarArchiveEntry("long/".repeat(50) + "c"), bytes(Seeds.random(3), 10));
    }
    SplittableRandom random = Seeds.random(3);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] mutated = out.toByteArray();
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      repairChecksums(mutated);
      try {
        read(Stretch.of("test", mutated));
      } catch (DataException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(100, 4_900);
  }

  /** So that more than the checksum's check is reached. */
  private static void repairChecksums(byte[] tar) {
    for (int at = 0; at + 512 <= tar.length; at += 512) {
      if (new String(tar, at + 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
        sum(tar, at);
      }
    }
  }

  private static void refused(byte[] start, String reason) {
    Stretch tar = Stretch.of("test", join(start, new byte[10 * 512]));
    assertThatThrownBy(() -> read(tar))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("Bad tar at byte ", reason);
  }

  private static byte[] pax(String records) {
    byte[] content = records.getBytes(StandardCharsets.UTF_8);
    return join(
        header("pax", 'x', octal(content.length)),
        Arrays.copyOf(content, 512),
        records.startsWith("16 size") ? header("x", '0', octal(0)) : new byte[0]);
  }

  private static byte[] header(String name, char type, byte[] size) {
    byte[] block = new byte[512];
    byte[] text = ascii(name);
    System.arraycopy(text, 0, block, 0, text.length);
    System.arraycopy(size, 0, block, 124, size.length);
    block[156] = (byte) type;
    System.arraycopy(ascii("ustar\00000"), 0, block, 257, 8);
    sum(block, 0);
    return block;
  }

  private static void sum(byte[] tar, int at) {
    Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
    int sum = 0;
    for (int i = at; i < at + 512; i++) {
      sum += tar[i] & 0xff;
    }
    byte[] digits = ascii(String.format(java.util.Locale.ROOT, "%06o", sum));
    System.arraycopy(digits, 0, tar, at + 148, 6);
    tar[at + 154] = 0;
  }

  private static byte[] octal(long number) {
    return ascii(String.format(java.util.Locale.ROOT, "%011o\0", number));
  }

  private static byte[] starNumber(long number) {
    byte[] field = new byte[12];
    field[0] = (byte) 0x80;
    for (int i = 0; i < 8; i++) {
      field[11 - i] = (byte) (number >>> (8 * i));
    }
    return field;
  }

  private static byte[] join(byte[]... all) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] bytes : all) {
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static void add(TarArchiveOutputStream tar, TarArchiveEntry entry, byte[] content)
      throws IOException {
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static SortedMap<String, byte[]> read(Stretch tar) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (TarWalk walk = TarWalk.archive(tar)) {
      for (Member member = walk.next(); member != null; member = walk.next()) {
        String name = member.name().startsWith("./") ? member.name().substring(2) : member.name();
        assertThat(member.end()).isLessThanOrEqualTo(tar.length() + 511);
        files.put(name, tar.read(member.offset(), (int) member.bytes()));
      }
    }
    return files;
  }

  private static SortedMap<String, byte[]> readByLibrary(byte[] tar) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new ByteArrayInputStream(tar), "UTF-8")) {
      for (TarArchiveEntry entry = in.getNextTarEntry();
          entry != null;
          entry = in.getNextTarEntry()) {
        files.put(entry.getName(), in.readAllBytes());
      }
    }
    return files;
  }

  /** Letters, some of them not ASCII, in folders of their own. */
  private static String name(SplittableRandom random, int longest) {
    StringBuilder name = new StringBuilder("n");
    List<String> pieces = new ArrayList<>(List.of("a", "B", ".", "ö", "水", " ", "9", "x/", "-"));
    int length = random.nextInt(1, longest);
    while (name.toString().getBytes(StandardCharsets.UTF_8).length < length) {
      name.append(pieces.get(random.nextInt(pieces.size())));
    }
    return name.append(random.nextInt(1_000_000)).toString();
  }

  private static byte[] bytes(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * The regular files in a tar, one after the other. Only headers are read, so that an archive in an
 * archive is not unpacked, and memory does not grow with it. Not safe for several threads.
 *
 * <p>Long names and large sizes are understood as GNU tar and POSIX' pax write them; folders, links
 * and devices are passed over, and a name is never a path to go to. An archive that is cut off,
 * damaged or split, or holds sparse files, is refused as a whole.
 */
final class TarWalk implements Closeable {
  /** Longest name, or list of attributes of one member, that is read. */
  private static final int MAX_ATTRIBUTE_BYTES = 1 << 20;

  /**
   * Types of what precedes a member: GNU's long names, pax' attributes of one member and of all.
   */
  private static final String ATTRIBUTES = "LKxXg";

  /** GNU's sparse files, and parts of files that go on in another archive. */
  private static final String SPARSE = "SM";

  /** Links, devices, folders, pipes: whatever size is written there. */
  private static final String WITHOUT_CONTENT = "123456";

  /** Files, and files that ask to lie in one piece. */
  private static final String REGULAR = "07";

  private final Stretch in;
  private final boolean endsWithStretch;
  private long position;

  private TarWalk(Stretch in, boolean endsWithStretch) {
    this.in = in;
    this.endsWithStretch = endsWithStretch;
  }

  /** An archive with its end; closes {@code in}. */
  static TarWalk archive(Stretch in) {
    return new TarWalk(in, /* endsWithStretch= */ false);
  }

  /** Some members of an archive; closes {@code in}. */
  static TarWalk members(Stretch in) {
    return new TarWalk(in, /* endsWithStretch= */ true);
  }

  /**
   * A regular file in the archive. Places count from the start of the stretch.
   *
   * @param name with folders, as the archive has it
   * @param header where its first header starts
   * @param offset where its content starts
   * @param bytes of its content
   */
  record Member(String name, long header, long offset, long bytes) {
    /** Where the next member's header is. */
    long end() {
      return offset + padded(bytes);
    }
  }

  /**
   * The next regular file; null after the last.
   *
   * @throws DataException if the archive is damaged, says where
   */
  Member next() throws IOException {
    Attributes attributes = new Attributes();
    long first = position;
    for (TarBlock block = header(); block != null; block = header()) {
      if (ATTRIBUTES.indexOf(block.type()) >= 0) {
        attributes.add(block);
      } else {
        Member member = member(block, first, attributes);
        if (member != null) {
          return member;
        }
        attributes = new Attributes();
        first = position;
      }
    }
    return null;
  }

  /** The header where this stands; null at the end. */
  private TarBlock header() throws IOException {
    if (endsWithStretch && position >= in.length()) {
      return null;
    }
    requireBytes(position, TarBlock.BYTES);
    TarBlock block = TarBlock.read(in, position);
    return block.isZero() ? null : block;
  }

  /** Steps over a member; null if it is no regular file. */
  private Member member(TarBlock block, long first, Attributes attributes) throws DataException {
    char type = block.type();
    if (SPARSE.indexOf(type) >= 0) {
      throw bad("expected whole files", "found a sparse file, or a part of one: " + block.name());
    }
    long offset = position + TarBlock.BYTES;
    if (WITHOUT_CONTENT.indexOf(type) >= 0) {
      position = offset;
      return null;
    }
    long bytes = attributes.size >= 0 ? attributes.size : block.size();
    requireContent(offset, bytes);
    position = offset + padded(bytes);
    String name = attributes.name == null ? block.name() : attributes.name;
    // In the oldest tars a folder is a file whose name ends in a slash.
    return REGULAR.indexOf(type) >= 0 && !name.endsWith("/")
        ? new Member(name, first, offset, bytes)
        : null;
  }

  private void requireContent(long from, long bytes) throws DataException {
    if (bytes < 0) {
      throw bad("expected the size of a member", "found other than a number");
    }
    requireBytes(from, bytes);
  }

  private void requireBytes(long from, long bytes) throws DataException {
    if (bytes > in.length() - from) {
      throw bad(
          Checks.format("expected %d bytes", bytes),
          Checks.format(
              "found %d up to the end, without the blocks of zeros that end a tar: it is cut off",
              Math.max(0, in.length() - from)));
    }
  }

  private DataException bad(String expected, String found) {
    return new DataException("Bad tar at " + in.at(position) + ": " + expected + ", " + found);
  }

  private static long padded(long bytes) {
    return (bytes + TarBlock.BYTES - 1) / TarBlock.BYTES * TarBlock.BYTES;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** What precedes a member's header. */
  private final class Attributes {
    private String name;
    private long size = -1;

    void add(TarBlock block) throws IOException {
      long offset = position + TarBlock.BYTES;
      requireContent(offset, block.size());
      char type = block.type();
      if (type == 'L') {
        String text = new String(content(block), StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        name = end < 0 ? text : text.substring(0, end);
      } else if (type == 'x' || type == 'X') {
        add(pax(content(block)));
      }
      position = offset + padded(block.size());
    }

    private byte[] content(TarBlock block) throws IOException {
      if (block.size() > MAX_ATTRIBUTE_BYTES) {
        throw bad(
            Checks.format("expected at most %d bytes of attributes", MAX_ATTRIBUTE_BYTES),
            Checks.format("found %d", block.size()));
      }
      return in.read(position + TarBlock.BYTES, (int) block.size());
    }

    private void add(Map<String, String> pax) throws DataException {
      if (pax.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse"))) {
        throw bad("expected whole files", "found a sparse file, or a part of one");
      }
      name = pax.getOrDefault("path", name);
      String bytes = pax.get("size");
      if (bytes != null) {
        if (!bytes.matches("[0-9]{1,18}")) {
          throw bad("expected the size of a member", "found other than a number");
        }
        size = Long.parseLong(bytes);
      }
    }

    /** Records {@code "LENGTH KEY=VALUE\n"}, where the length is that of the whole record. */
    private Map<String, String> pax(byte[] content) throws DataException {
      Map<String, String> pax = new TreeMap<>();
      int at = 0;
      while (at < content.length && content[at] != 0) {
        int digits = at;
        while (digits < content.length && content[digits] >= '0' && content[digits] <= '9') {
          digits++;
        }
        String length = new String(content, at, digits - at, StandardCharsets.US_ASCII);
        int end = length.matches("[0-9]{1,7}") ? at + Integer.parseInt(length) : 0;
        if (end <= digits + 1 || end > content.length || content[end - 1] != '\n') {
          throw bad("expected pax attributes", "found other bytes");
        }
        String record = new String(content, digits + 1, end - digits - 2, StandardCharsets.UTF_8);
        int equals = record.indexOf('=');
        if (equals < 0) {
          throw bad("expected pax attributes", "found one without a value");
        }
        pax.put(record.substring(0, equals), record.substring(equals + 1));
        at = end;
      }
      return pax;
    }
  }
}

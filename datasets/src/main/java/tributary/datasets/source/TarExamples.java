package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tributary.datasets.source.TarWalk.Member;

/**
 * The examples in a WebDataset's tar: neighbours with one key, which is their name up to the first
 * dot of its last part. Names without an extension, and hidden ones, belong to none. Not safe for
 * several threads.
 */
final class TarExamples implements Closeable {
  private final TarWalk walk;
  private Member next;

  private TarExamples(TarWalk walk) throws IOException {
    this.walk = walk;
    this.next = visible();
  }

  /** Those of a whole tar; closes it. */
  static TarExamples archive(Stretch tar) throws IOException {
    return of(tar, TarWalk.archive(tar));
  }

  /** Those of some members of a tar; closes them. */
  static TarExamples members(Stretch members) throws IOException {
    return of(members, TarWalk.members(members));
  }

  private static TarExamples of(Stretch tar, TarWalk walk) throws IOException {
    try {
      return new TarExamples(walk);
    } catch (IOException e) {
      tar.close();
      throw e;
    }
  }

  /**
   * An example's files.
   *
   * @param key that they share
   * @param fields by extension, in lower case, without the first dot
   * @param twice extensions that more than one of them has
   * @param offset where the first header starts
   * @param end where the last file has ended
   */
  record Group(
      String key, SortedMap<String, Member> fields, Set<String> twice, long offset, long end) {}

  /** The next example; null after the last. */
  Group next() throws IOException {
    if (next == null) {
      return null;
    }
    String key = key(next);
    SortedMap<String, Member> fields = new TreeMap<>();
    Set<String> twice = new TreeSet<>();
    long offset = next.header();
    long end = offset;
    while (next != null && key(next).equals(key)) {
      String extension = next.name().substring(key.length() + 1).toLowerCase(Locale.ROOT);
      if (fields.put(extension, next) != null) {
        twice.add(extension);
      }
      end = next.end();
      next = visible();
    }
    return new Group(key, fields, twice, offset, end);
  }

  private Member visible() throws IOException {
    Member member = walk.next();
    while (member != null && dot(member) <= start(member)) {
      member = walk.next();
    }
    return member;
  }

  private static String key(Member member) {
    return member.name().substring(0, dot(member));
  }

  /** Where the last part of a name starts. */
  private static int start(Member member) {
    return member.name().lastIndexOf('/') + 1;
  }

  /** Where its first dot is; before it if there is none, or at its start if it is hidden. */
  private static int dot(Member member) {
    return member.name().indexOf('.', start(member));
  }

  @Override
  public void close() throws IOException {
    walk.close();
  }
}

package tributary.datasets;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** One way to read and write files for {@code file:}, {@code hdfs:} and {@code s3a:}. */
public final class Storage {
  /** Start of the name of a file that is not committed yet; nobody reads such a file. */
  private static final String TEMPORARY_PREFIX = ".tmp-";

  private Storage() {}

  /**
   * The file system of {@code path}.
   *
   * <p>Local files are accessed raw, without Hadoop's {@code .crc} side files: all our formats
   * carry their own checksums. The file system is shared and cached by Hadoop; do not close it.
   */
  public static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
    FileSystem fs = FileSystem.get(path.toUri(), conf);
    if (fs instanceof LocalFileSystem local) {
      return local.getRawFileSystem();
    }
    return fs;
  }

  /** The whole file, at most 2 GiB. */
  public static byte[] readAll(FileSystem fs, Path file) throws IOException {
    try (FSDataInputStream in = fs.open(file)) {
      return in.readAllBytes();
    } catch (FSError e) {
      throw unwrapped(e);
    }
  }

  /**
   * Fills {@code into} from byte {@code position} on. Safe for several threads on one stream.
   *
   * @throws java.io.EOFException if the file ends before
   */
  public static void readFully(FSDataInputStream in, long position, byte[] into)
      throws IOException {
    try {
      in.readFully(position, into);
    } catch (FSError e) {
      throw unwrapped(e);
    }
  }

  /**
   * Writes a small file so that a reader sees all of it, or what was there before.
   *
   * <p>The bytes go to a {@code .tmp-} sibling, which then takes the file's name; see {@link
   * #replace}. Missing parent folders are made.
   */
  public static void writeAtomically(FileSystem fs, Path file, byte[] bytes) throws IOException {
    writeAtomically(fs, file, out -> out.write(bytes));
  }

  /** The same for a file that does not lie in memory. */
  public static void writeAtomically(FileSystem fs, Path file, Content content) throws IOException {
    Path temporary = temporarySibling(file);
    try {
      try (FSDataOutputStream out = fs.create(temporary, /* overwrite= */ true)) {
        content.writeTo(out);
        out.hsync();
      }
      replace(fs, temporary, file);
    } catch (FSError e) {
      throw unwrapped(e);
    } finally {
      fs.delete(temporary, /* recursive= */ false);
    }
  }

  /** What a file is to hold. */
  public interface Content {
    /** Writes all of it; leaves the stream open. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Makes a small file that must not be there yet: of several processes that try, one succeeds, but
   * on an object store perhaps all. A reader may find the file before its bytes are in it.
   *
   * @throws IOException if it is there already, or can't be written
   */
  public static void createNew(FileSystem fs, Path file, byte[] bytes) throws IOException {
    if (fs instanceof RawLocalFileSystem local) {
      // Hadoop looks first and creates then.
      Files.write(local.pathToFile(file).toPath(), bytes, StandardOpenOption.CREATE_NEW);
      return;
    }
    try (FSDataOutputStream out = fs.create(file, /* overwrite= */ false)) {
      out.write(bytes);
    }
  }

  /** A new name beside {@code file}, unique among concurrent writers of the same file. */
  public static Path temporarySibling(Path file) {
    return new Path(file.getParent(), TEMPORARY_PREFIX + file.getName() + "-" + UUID.randomUUID());
  }

  /**
   * Gives the file {@code from} the name {@code to}, replacing what is there.
   *
   * <p>Local and HDFS renames are atomic; an object store copies, and its last writer wins. A local
   * file is on the disk when this returns: the file and its folder are synced.
   */
  public static void replace(FileSystem fs, Path from, Path to) throws IOException {
    if (fs instanceof RawLocalFileSystem local) {
      moveSynced(local, from, to, StandardOpenOption.WRITE);
    } else {
      FileContext.getFileContext(fs.getUri(), fs.getConf())
          .rename(from, to, Options.Rename.OVERWRITE);
    }
  }

  /**
   * Gives the folder {@code from} the name {@code to}, which must be free.
   *
   * <p>Local and HDFS renames are atomic. Of a local folder, its list of files and its new name are
   * on the disk when this returns; the files themselves are the writer's to sync.
   */
  public static void renameFolder(FileSystem fs, Path from, Path to) throws IOException {
    if (fs instanceof RawLocalFileSystem local) {
      moveSynced(local, from, to, StandardOpenOption.READ);
    } else if (fs.exists(to) || !fs.rename(from, to)) {
      throw new IOException("Cannot rename " + from + " to " + to);
    }
  }

  /**
   * Syncs what is moved, moves it at once, and syncs the folder it is in then.
   *
   * @param access to open it with for the sync: a folder can only be read
   */
  private static void moveSynced(
      RawLocalFileSystem local, Path from, Path to, StandardOpenOption access) throws IOException {
    java.nio.file.Path source = local.pathToFile(from).toPath();
    java.nio.file.Path target = local.pathToFile(to).toPath();
    sync(source, access);
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    sync(target.getParent(), StandardOpenOption.READ);
  }

  private static void sync(java.nio.file.Path path, StandardOpenOption access) throws IOException {
    try (FileChannel channel = FileChannel.open(path, access)) {
      channel.force(true);
    }
  }

  /** Hadoop's local file system throws an {@link Error} for every failed read or write. */
  public static IOException unwrapped(FSError error) {
    Throwable cause = error.getCause();
    return cause instanceof IOException io ? io : new IOException(cause);
  }
}

package tributary.driver.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.testing.Folders;
import tributary.worker.train.Position;

/** A writer that is killed after any one of its operations on the file system. */
class KilledWriterTest {
  @TempDir Path temporary;

  @Test
  void oneThatReplacesItsOwnStepLeavesTheOldOrTheNew() throws IOException {
    Position position = new Position(1, 0, 0, 10);
    requireOneOf(1, List.of(TinyCheckpoint.at(position, 1)), TinyCheckpoint.at(position, 2));
  }

  @Test
  void oneThatSweepsSeveralLeavesTheOneBeforeOrTheNew() throws IOException {
    requireOneOf(
        1,
        List.of(
            TinyCheckpoint.at(new Position(1, 0, 0, 10), 1),
            TinyCheckpoint.at(new Position(2, 0, 0, 20), 2),
            TinyCheckpoint.at(new Position(3, 0, 0, 30), 3)),
        TinyCheckpoint.at(new Position(4, 0, 0, 40), 4));
  }

  /**
   * Kills a writer of {@code next} after each of its operations; then the newest of the checkpoints
   * before, or the next one, must be read, and another writer must go on and leave no litter.
   */
  private void requireOneOf(int keep, List<Checkpoint> before, Checkpoint next) throws IOException {
    Path template = temporary.resolve("before");
    for (Checkpoint checkpoint : before) {
      store(alive(), template).save(checkpoint, before.size());
    }
    int operations = 0;
    boolean nextSeen = false;
    for (boolean finished = false; !finished; operations++) {
      Path folder = temporary.resolve("killed-after-" + operations);
      Folders.copy(template, folder);
      Killable killable = new Killable(operations);
      finished = !killable.kills(() -> store(killable, folder).save(next, keep));

      Checkpoint found = store(alive(), folder).latest();
      boolean isNext = isSame(found, next);
      assertThat(isNext || isSame(found, before.get(before.size() - 1)))
          .as("after %d operations", operations)
          .isTrue();
      assertThat(isNext || !nextSeen).as("once committed, always there").isTrue();
      nextSeen = isNext;
      requireNoLitter(folder, next, keep);
      Folders.delete(folder);
    }
    assertThat(nextSeen).isTrue();
    assertThat(operations).isGreaterThan(25);
  }

  private static void requireNoLitter(Path folder, Checkpoint next, int keep) throws IOException {
    store(alive(), folder).save(next, keep);
    assertThat(Folders.names(folder))
        .hasSizeLessThanOrEqualTo(keep)
        .allMatch(name -> name.startsWith("step-"));
  }

  private static Killable alive() {
    return new Killable(Long.MAX_VALUE);
  }

  @Test
  void theCountedOperationsAreThoseOfAWriter() {
    Killable killable = new Killable(3);

    assertThatThrownBy(
            () -> store(killable, temporary.resolve("few")).save(TinyCheckpoint.at(1), 1))
        .isInstanceOf(Killed.class);
  }

  private static boolean isSame(Checkpoint found, Checkpoint expected) {
    return found.settings().equals(expected.settings())
        && found.position().equals(expected.position());
  }

  private static CheckpointStore store(FileSystem fs, Path folder) {
    return new CheckpointStore(fs, new org.apache.hadoop.fs.Path(folder.toUri()), () -> {});
  }

  /** What no writer catches, as nobody survives a kill. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed(long operations) {
      super(Checks.format("killed after %d operations", operations));
    }
  }

  /** The local file system, which does so many changes and no more. */
  private static final class Killable extends FilterFileSystem {
    private final long limit;
    private long done;

    Killable(long limit) {
      super(local());
      this.limit = limit;
    }

    private static FileSystem local() {
      try {
        return Storage.fileSystem(new org.apache.hadoop.fs.Path("/"), new Configuration());
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /** Whether the work meets its end. */
    boolean kills(Work work) throws IOException {
      try {
        work.run();
        return false;
      } catch (Killed e) {
        return true;
      }
    }

    private void count() {
      if (done == limit) {
        throw new Killed(done);
      }
      done++;
    }

    @Override
    public boolean mkdirs(org.apache.hadoop.fs.Path folder) throws IOException {
      count();
      return super.mkdirs(folder);
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path file,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      count();
      FSDataOutputStream out =
          super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
      return new FSDataOutputStream(new Counted(out), null);
    }

    @Override
    public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
        throws IOException {
      count();
      return super.rename(from, to);
    }

    /** A kill may hit in the middle of a folder. */
    @Override
    public boolean delete(org.apache.hadoop.fs.Path path, boolean recursive) throws IOException {
      if (!super.exists(path)) {
        return false;
      }
      if (super.getFileStatus(path).isDirectory()) {
        for (FileStatus child : super.listStatus(path)) {
          delete(child.getPath(), recursive);
        }
      }
      count();
      return super.delete(path, false);
    }

    private final class Counted extends java.io.FilterOutputStream
        implements org.apache.hadoop.fs.Syncable {
      private final FSDataOutputStream file;

      Counted(FSDataOutputStream file) {
        super(file);
        this.file = file;
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        count();
        file.write(bytes, from, length / 2);
        file.flush();
        count();
        file.write(bytes, from + length / 2, length - length / 2);
      }

      @Override
      public void hflush() throws IOException {
        count();
        file.hflush();
      }

      @Override
      public void hsync() throws IOException {
        count();
        file.hsync();
      }
    }

    /** What a writer does. */
    private interface Work {
      void run() throws IOException;
    }
  }
}

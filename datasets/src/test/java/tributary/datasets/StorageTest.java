package tributary.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.Folders;

class StorageTest {
  @TempDir Path folder;

  @Test
  void anAtomicWriteReplacesTheFileAndLeavesNothingElse() throws IOException {
    FileSystem fs = Storage.fileSystem(hadoop(folder), new Configuration());
    Path file = folder.resolve("sub").resolve("state.json");

    Storage.writeAtomically(fs, hadoop(file), new byte[] {1, 2, 3});
    Storage.writeAtomically(fs, hadoop(file), new byte[] {4, 5});

    assertThat(Storage.readAll(fs, hadoop(file))).containsExactly(4, 5);
    assertThat(Folders.names(file.getParent())).containsExactly("state.json");
  }

  @Test
  void aFailedAtomicWriteKeepsTheOldFile() throws IOException {
    FileSystem fs = Storage.fileSystem(hadoop(folder), new Configuration());
    Path target = Files.createDirectories(folder.resolve("taken").resolve("by-a-folder"));

    assertThatThrownBy(
            () -> Storage.writeAtomically(fs, hadoop(target.getParent()), new byte[] {1}))
        .isInstanceOf(IOException.class);

    assertThat(target).isDirectory();
    assertThat(Folders.names(folder)).containsExactly("taken");
  }

  @Test
  void aNewFileIsMadeOnce() throws IOException {
    FileSystem fs = Storage.fileSystem(hadoop(folder), new Configuration());
    Path file = folder.resolve("new");

    Storage.createNew(fs, hadoop(file), new byte[] {1});

    assertThatThrownBy(() -> Storage.createNew(fs, hadoop(file), new byte[] {2}))
        .isInstanceOf(IOException.class);
    assertThat(file).hasBinaryContent(new byte[] {1});
  }

  @Test
  void aRenamedFolderTakesItsFilesAlong() throws IOException {
    FileSystem fs = Storage.fileSystem(hadoop(folder), new Configuration());
    Path from = Files.createDirectories(folder.resolve("from"));
    Files.write(from.resolve("file"), new byte[] {1});

    Storage.renameFolder(fs, hadoop(from), hadoop(folder.resolve("to")));

    assertThat(Folders.names(folder)).containsExactly("to");
    assertThat(folder.resolve("to").resolve("file")).hasBinaryContent(new byte[] {1});
  }

  @Test
  void aFolderIsNotRenamedOverAnother() throws IOException {
    FileSystem fs = Storage.fileSystem(hadoop(folder), new Configuration());
    Path from = Files.createDirectories(folder.resolve("from"));
    Path taken = Files.createDirectories(folder.resolve("taken").resolve("sub")).getParent();

    assertThatThrownBy(() -> Storage.renameFolder(fs, hadoop(from), hadoop(taken)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(taken.toString());

    assertThat(Folders.names(folder)).containsExactly("from", "taken");
    assertThat(Folders.names(taken)).containsExactly("sub");
  }

  @Test
  void aReadBeyondTheEndIsAnError() throws IOException {
    Path file = Files.write(folder.resolve("three-bytes"), new byte[3]);
    FileSystem fs = Storage.fileSystem(hadoop(folder), new Configuration());
    try (FSDataInputStream in = fs.open(hadoop(file))) {
      assertThatThrownBy(() -> Storage.readFully(in, 1, new byte[3]))
          .isInstanceOf(EOFException.class);
    }
  }

  private static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }
}

package tributary.datasets.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchTest {
  @TempDir Path folder;

  @Test
  void printsTheFolderOnOneLine() throws Exception {
    Path data = FashionMnist.directory();
    assertThat(data).isAbsolute().isDirectory();
    assertThat(Folders.names(data)).anyMatch(name -> name.startsWith("train-images"));
  }

  @Test
  void helpSaysWhatThereIs() throws Exception {
    assertThat(fetch(0, System.getenv("PATH"), "--help"))
        .startsWith("Usage: deploy/fetch NAME")
        .contains("fashion-mnist", "brown-text", "languages");
  }

  @Test
  void anUnknownDatasetIsAUsageError() throws Exception {
    assertThat(fetch(2, System.getenv("PATH"), "imagenet"))
        .isEqualTo(
            "fetch: unknown dataset 'imagenet'; known are fashion-mnist, mnist, openclipart,"
                + " photographs, brown, brown-text, spam, languages\n");
  }

  @Test
  void withoutAClientItSaysWhichAreMissingAndLeavesNothing() throws Exception {
    assertThat(fetch(3, pathOf("bash", "mkdir", "mktemp", "rm"), "fashion-mnist"))
        .contains("apt-get or dpkg is missing")
        .contains("npm is missing");
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void aDatasetThatLacksAFileIsFetchedAnew() throws Exception {
    String path =
        pathOf(
            "bash", "mkdir", "mktemp", "rm", "mv", "chmod", "tar", "gzip", "dirname", "readlink");
    Path npm = Path.of(path, "npm");
    Files.writeString(
        npm,
        """
        #!/bin/sh
        mkdir -p package/data
        for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
          echo new >package/data/$name-ubyte
        done
        tar -czf mnist.tgz package
        echo mnist.tgz
        """);
    assertThat(npm.toFile().setExecutable(true)).isTrue();
    Path damaged = Files.createDirectories(folder.resolve("cache/mnist"));
    Files.writeString(damaged.resolve("train-images-idx3-ubyte"), "old");

    assertThat(fetch(0, path, "mnist"))
        .contains("a file is missing in " + damaged + ", which is replaced")
        .endsWith(damaged + "\n");
    assertThat(Folders.names(damaged)).hasSize(4);
    assertThat(damaged.resolve("train-images-idx3-ubyte")).hasContent("new");
    assertThat(fetch(0, path, "mnist")).isEqualTo(damaged + "\n");
  }

  private String fetch(int exitCode, String path, String argument) throws Exception {
    Path printed = folder.resolve("printed.txt");
    ProcessBuilder builder =
        new ProcessBuilder(FetchedData.script().toString(), argument)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile());
    builder.environment().put("PATH", path);
    builder.environment().put("TRIBUTARY_CACHE", folder.resolve("cache").toString());
    Process process = builder.start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(printed);
    assertThat(process.exitValue()).as(text).isEqualTo(exitCode);
    return text;
  }

  /** A folder with these commands only. */
  private String pathOf(String... commands) throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    List<String> missing = new ArrayList<>(List.of(commands));
    for (String place : System.getenv("PATH").split(File.pathSeparator, -1)) {
      for (String command : commands) {
        Path found = Path.of(place, command);
        if (Files.isExecutable(found) && missing.remove(command)) {
          Path wrapper = bin.resolve(command);
          Files.writeString(wrapper, "#!/bin/sh\nexec " + found + " \"$@\"\n");
          assertThat(wrapper.toFile().setExecutable(true)).isTrue();
        }
      }
    }
    assertThat(missing).isEmpty();
    return bin.toString();
  }
}

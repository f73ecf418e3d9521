package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Storage;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardWriter;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.HandMade;
import tributary.driver.cluster.Installation;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Datasets that hold nothing, can't be read, or go away. */
@ExtendWith(FashionMnist.class)
class MissingInputIT {
  /** More shards than a process keeps open. */
  private static final int TINY_SHARD = 7;

  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path folder;

  @Test
  void anEmptySplitEndsTheRunByItsPath() throws IOException {
    Path data = folder.resolve("data");
    HandMade.dataset(data, 0, 0).close();

    SmallRun.requireError(
        Tributary.run(SmallRun.DEADLINE, "train", "--data=" + data, "--run=" + folder + "/run"),
        3,
        "Split train of the dataset " + data + " holds no examples");
  }

  @Test
  @Tag("faults")
  void anEmptyShardChangesNoBit() throws Exception {
    Path data = folder.resolve("data");
    Folders.copy(FashionMnist.shards(512, 64, 256), data);
    addEmptyShard(data);

    SmallRun.requireSame(Tributary.run(SmallRun.DEADLINE, trainOn(data)));
  }

  @Test
  @Tag("faults")
  void shardsThatGoAwayInTheMiddleOfARunEndItByPathAndUser() throws Exception {
    Path data = folder.resolve("data");
    Folders.copy(FashionMnist.shards(512, 64, TINY_SHARD), data);
    try (Tributary.Running running =
        Tributary.local().start(trainOn(data, "--set=training.epochs=1000"))) {
      running.awaitErrors("round 2 ", SmallRun.DEADLINE);
      try (Stream<Path> files = Files.list(data)) {
        for (Path file : files.filter(path -> path.toString().contains("train-")).toList()) {
          Files.delete(file);
        }
      }
      Outcome outcome = running.await(SmallRun.DEADLINE);

      SmallRun.requireError(outcome, 3, "Cannot read ");
      assertThat(outcome.errors())
          .containsPattern(
              "Cannot read (file:)?"
                  + data
                  + "/train-\\d+\\.\\w+ as user "
                  + System.getProperty("user.name")
                  + ": ");
    }
  }

  @Test
  void aDatasetOfSomebodyElseEndsTheRunByPathAndUser() throws Exception {
    Assumptions.assumeTrue(isRoot(), "taking another user's place needs root");
    Path data = folder.resolve("data");
    Folders.copy(FashionMnist.shards(512, 64, 256), data);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        data.resolve(Manifest.FILE_NAME), PosixFilePermissions.fromString("rw-------"));

    Outcome outcome = asNobody("train", "--data=" + data, "--run=" + folder + "/run");

    SmallRun.requireError(
        outcome, 3, "Cannot read ", data + "/" + Manifest.FILE_NAME + " as user nobody: ");
  }

  private String[] trainOn(Path data, String... more) {
    return Stream.of(SmallRun.train(folder.resolve("run"), more))
        .map(word -> word.startsWith("--data=") ? "--data=" + data : word)
        .toArray(String[]::new);
  }

  private static void addEmptyShard(Path data) throws IOException {
    Path file = data.resolve(Manifest.FILE_NAME);
    Manifest manifest = Manifest.fromJson(Files.readAllBytes(file), file.toString());
    List<ShardInfo> shards = new ArrayList<>(manifest.shards("train"));
    var directory = new org.apache.hadoop.fs.Path(data.toUri());
    try (ShardWriter writer =
        new ShardWriter(
            Storage.fileSystem(directory, new Configuration()), directory, "train-empty")) {
      shards.add(1, writer.finish());
    }
    Map<String, List<ShardInfo>> splits = new HashMap<>(manifest.splits());
    splits.put("train", shards);
    Files.write(
        file,
        new Manifest(manifest.task(), manifest.classes(), manifest.images(), splits).toJson());
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** Runs a command as the user of whom nobody has files. */
  private Outcome asNobody(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    command.add(Installation.root().resolve("deploy/tributary").toString());
    command.addAll(List.of(words));
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(process.waitFor(SmallRun.DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Outcome(
        process.exitValue(),
        Files.readString(output, StandardCharsets.UTF_8),
        Files.readString(errors, StandardCharsets.UTF_8));
  }
}

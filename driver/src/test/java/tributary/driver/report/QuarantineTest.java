package tributary.driver.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.Task;
import tributary.driver.conf.FailurePolicy;

/** A dataset of 300 training examples and 100 test examples. */
class QuarantineTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;

  @Test
  void eachExampleIsListedOnceByRoundAndNumber() throws IOException {
    try (Quarantine quarantine = open(1, 0.5)) {
      assertThat(folder.resolve("quarantine.jsonl")).as("before there is one").doesNotExist();
      quarantine.add(bad("train", 7, 3));
      quarantine.add(bad("train", 7, 171, 3));
      quarantine.add(bad("test", 7));
      quarantine.add(bad("train", 171));
      assertThat(quarantine.count()).isEqualTo(4);
    }
    assertThat(folder.resolve("quarantine.jsonl"))
        .hasContent(
            """
            {"kind":"bad-example","round":1,"split":"train","number":3,"file":"train-00000.tar",\
            "name":"3","offset":1536,"reason":"no \\"picture\\""}
            {"kind":"bad-example","round":1,"split":"train","number":7,"file":"train-00000.tar",\
            "name":"7","offset":3584,"reason":"no \\"picture\\""}
            {"kind":"bad-example","round":1,"split":"train","number":171,"file":"train-00000.tar",\
            "name":"171","offset":87552,"reason":"no \\"picture\\""}
            {"kind":"bad-example","round":1,"split":"test","number":7,"file":"test-00000.tar",\
            "name":"7","offset":3584,"reason":"no \\"picture\\""}
            """);
  }

  @Test
  void aResumedRunKeepsWhatWasThereWithoutATornLineAndCountsIt() throws IOException {
    Path file = folder.resolve("quarantine.jsonl");
    try (Quarantine quarantine = open(0, 0.5)) {
      quarantine.add(bad("train", 1, 2, 3));
    }
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() - 20));
    try (Quarantine quarantine = open(0, 0.5)) {
      assertThat(quarantine.count()).isEqualTo(2);
      quarantine.add(bad("train", 2, 3));
      assertThat(quarantine.count()).isEqualTo(3);
    }
    assertThat(file).hasContent(whole);
    assertThat(Quarantine.read(hadoopFile(), HADOOP)).isEqualTo(bad("train", 1, 2, 3));
  }

  @Test
  void tooManyOfASplitEndTheRunWithTheFirstReasonsAndAreListedAllTheSame() throws IOException {
    List<BadExample> found = bad("train", LongStream.range(0, 31).toArray());
    Collections.reverse(found);
    try (Quarantine quarantine = open(0, 0.1)) {
      quarantine.add(bad("test", LongStream.range(0, 10).toArray())); // just as many as may be
      assertThatThrownBy(() -> quarantine.add(found))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith(
              "At least 31 of the 300 examples of split train are bad, more than the share of 0.1"
                  + " that may be; pack the data without them, or raise input.max-bad-fraction and"
                  + " go on with the same command (train: with --resume):")
          .hasMessageContaining("  0 in shard train-00000.tar at byte 0: no \"picture\"")
          .hasMessageContaining("  19 in shard ")
          .hasMessageNotContaining("  20 in shard ");
    }
    assertThat(Quarantine.read(hadoopFile(), HADOOP)).hasSize(41);
    assertThatThrownBy(() -> open(0, 0.1))
        .as("resumed with the same limit")
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("At least 31 of the 300 examples");
    open(0, 0.2).close();
  }

  @Test
  void aShareOfZeroAllowsNone() throws IOException {
    try (Quarantine quarantine = open(0, 0)) {
      assertThatThrownBy(() -> quarantine.add(bad("test", 4)))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("At least 1 of the 100 examples of split test");
    }
  }

  private Quarantine open(int round, double maxFraction) throws IOException {
    return Quarantine.open(
        hadoopFile(), round, new BadExamples(manifest(), maxFraction), HADOOP, FailurePolicy.FAIL);
  }

  private org.apache.hadoop.fs.Path hadoopFile() {
    return new org.apache.hadoop.fs.Path(folder.resolve("quarantine.jsonl").toUri());
  }

  private static List<BadExample> bad(String split, long... numbers) {
    List<BadExample> bad = new ArrayList<>();
    for (long number : numbers) {
      bad.add(
          new BadExample(
              split,
              number,
              split + "-00000.tar",
              Checks.format("%d", number),
              number * 512,
              "no \"picture\""));
    }
    return bad;
  }

  private static Manifest manifest() {
    return new Manifest(
        Task.IMAGE_CLASSIFICATION,
        List.of("a", "b"),
        Images.of(new ImageShape(1, 4, 4), new ChannelStatistics(List.of(0.5), List.of(0.25))),
        Map.of(
            "train", List.of(new ShardInfo("train-00000", 1024, 300, "0".repeat(64))),
            "test", List.of(new ShardInfo("test-00000", 1024, 100, "0".repeat(64)))));
  }
}

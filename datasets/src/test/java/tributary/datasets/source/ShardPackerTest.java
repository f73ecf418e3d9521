package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.image.Cut;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;

@ExtendWith(FashionMnist.class)
class ShardPackerTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path folder;

  @Test
  void packingTwiceGivesTheSameFiles() throws IOException {
    for (String name : List.of("a", "b")) {
      LocalPack.pack(FashionMnist.source(300, 50), PackSettings.of(100, 1), folder.resolve(name));
    }

    assertThat(Folders.names(folder.resolve("a")))
        .containsExactly(
            "manifest.json",
            "mean.png",
            "test-00000.idx",
            "test-00000.tar",
            "train-00000.idx",
            "train-00000.tar",
            "train-00001.idx",
            "train-00001.tar",
            "train-00002.idx",
            "train-00002.tar");
    for (String name : Folders.names(folder.resolve("a"))) {
      assertThat(folder.resolve("b").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("a").resolve(name));
    }
  }

  @Test
  void aShardThatTheDriverCannotSeeIsTold() throws IOException {
    ExampleSource source = FashionMnist.source(100, 10);
    PackSettings settings = PackSettings.of(60, 1);
    Placer placer = Placer.of(source, settings);
    RowSummary summary = new RowSummary();
    List<Row> rows = LocalPack.rows(source);
    rows.forEach(row -> summary.add(placer.split(row), row));
    PackPlan plan = PackPlan.of(placer, summary);
    PackFolder made = PackFolder.open(folder.resolve("made").toUri().toString(), CONF);
    made.begin(source, plan, summary.digest(), settings);
    // As an executor does that has a disk of its own under the same path.
    ShardPacker elsewhere =
        new ShardPacker(
            source, plan.classes(), settings, folder.resolve("elsewhere").toUri().toString());
    List<PackedShard> packed = new ArrayList<>();
    int from = 0;
    for (PackPlan.PlannedShard shard : plan.allShards()) {
      int to = from + shard.examples();
      packed.add(elsewhere.pack(shard, rows.subList(from, to).iterator(), CONF));
      from = to;
    }

    assertThatThrownBy(() -> made.finish(source.task(), plan, settings, packed, LocalPack::count))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "made/train-00000.tar was packed, but is not to be seen from here: name a folder that"
                + " the driver and all executors share");
    assertThat(folder.resolve("made/manifest.json")).doesNotExist();
  }

  @Test
  void cuttingOtherwiseChangesNeitherExamplesNorStatistics() throws IOException {
    Path one = FashionMnist.shards(300, 50, 300);
    Path many = FashionMnist.shards(300, 50, 64);
    try (Dataset left = Dataset.open(one.toUri().toString(), CONF);
        Dataset right = Dataset.open(many.toUri().toString(), CONF)) {
      assertThat(left.manifest().images()).isEqualTo(right.manifest().images());
      for (int number = 0; number < 300; number++) {
        LabelledExample a = left.read("train", number);
        LabelledExample b = right.read("train", number);
        assertThat(a.example()).usingRecursiveComparison().isEqualTo(b.example());
        assertThat(a.label()).isEqualTo(b.label());
      }
    }
  }

  @Test
  void theMeanImageIsThatOfTheTrainPixels() throws IOException {
    Path shards = FashionMnist.shards(300, 50, 64);
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), CONF)) {
      long[] sums = new long[784];
      for (int number = 0; number < 300; number++) {
        byte[] png = dataset.read("train", number).example().image().orElseThrow().getValue();
        byte[] pixels = ImageDecoder.decode(png, 1).pixels();
        for (int i = 0; i < 784; i++) {
          sums[i] += pixels[i] & 0xff;
        }
      }
      Cut whole = Cut.of(Cut.Region.all(28, 28), 28, 28);
      float[] mean = dataset.meanImage().window(whole, 28, 28);
      double all = 0;
      for (int i = 0; i < 784; i++) {
        assertThat((double) mean[i]).isCloseTo(sums[i] / 300.0 / 255, within(1e-5));
        all += sums[i] / 300.0 / 255 / 784;
      }
      double channel = dataset.manifest().images().statistics().mean().get(0);
      assertThat(channel).isCloseTo(all, within(1e-12));
    }
  }

  @Test
  void aShardWhoseSumsAreMissingIsPackedAgain() throws IOException {
    ExampleSource source = FashionMnist.source(20, 5);
    PackSettings settings = PackSettings.of(20, 1);
    PackPlan.PlannedShard shard = new PackPlan.PlannedShard("train", 0, 0, 20);
    PackFolder notes = PackFolder.open(folder.toUri().toString(), CONF);
    List<Row> rows = LocalPack.rows(source).subList(0, 20);
    ShardPacker packer = new ShardPacker(source, source.classes(), settings, notes.uri());
    PackedShard packed = packer.pack(shard, rows.iterator(), CONF);
    Path sums = folder.resolve("_packing").resolve(shard.name() + ".images");
    byte[] before = Files.readAllBytes(sums);

    assertThat(notes.done(shard)).contains(packed);
    Files.delete(sums);
    assertThat(notes.done(shard)).isEmpty();
    assertThat(packer.pack(shard, rows.iterator(), CONF)).isEqualTo(packed);
    assertThat(sums).hasBinaryContent(before);
  }

  @Test
  void theManifestDescribesTheDataset() throws IOException {
    Path shards = FashionMnist.shards(1_000, 100, 400);
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), CONF)) {
      Manifest manifest = dataset.manifest();
      assertThat(manifest.classes()).isEqualTo(FashionMnist.CLASSES);
      assertThat(manifest.examplesPerShard("train")).containsExactly(400, 400, 200);
      assertThat(manifest.examplesPerShard("test")).containsExactly(100);
      dataset.verify();
    }
  }

  @Test
  void statisticsAreThoseOfTheTrainPixels() {
    PixelSums sums = new PixelSums(4, List.of(2L * 255), List.of(2L * 255 * 255));
    assertThat(sums.statistics().mean()).containsExactly(0.5);
    assertThat(sums.statistics().std()).containsExactly(0.5);
    assertThat(PixelSums.none(1).plus(sums)).isEqualTo(sums);
    assertThat(PixelSums.none(2).statistics().std()).containsExactly(0.0, 0.0);
  }

  @Test
  void aConstantImageHasExactlyNoDeviation() {
    long pixels = 1_000_000_007L;
    PixelSums sums = new PixelSums(pixels, List.of(77 * pixels), List.of(77 * 77 * pixels));
    assertThat(sums.statistics().std()).containsExactly(0.0);
    assertThat(sums.statistics().mean().get(0)).isCloseTo(77 / 255.0, within(1e-15));
  }
}

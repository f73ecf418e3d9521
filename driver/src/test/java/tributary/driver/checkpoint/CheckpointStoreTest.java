package tributary.driver.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Checks;
import tributary.datasets.testing.Folders;
import tributary.driver.Version;
import tributary.driver.round.RunState;
import tributary.driver.round.Watched;
import tributary.worker.model.ModelState;
import tributary.worker.train.Places;
import tributary.worker.train.Position;

class CheckpointStoreTest {
  private static final List<String> FILES =
      List.of(
          "conf.yaml",
          "dataset.json",
          "manifest.json",
          "model.json",
          "optimizer.safetensors",
          "parameters.safetensors",
          "position.json");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temporary;

  @Test
  void aCheckpointReadsBackToTheBit() throws IOException {
    Position position = new Position(12, 3, 1_000_000_000_000L, 240);
    Checkpoint saved = TinyCheckpoint.at(position, 5);

    store().save(saved, 1);
    Checkpoint read = store().read("step-0000000240");

    requireSame(read, saved);
    assertThat(read.position()).isEqualTo(position);
    assertThat(read.model()).isEqualTo(saved.model());
    assertThat(read.layout()).isEqualTo(saved.layout());
    assertThat(read.trainedOn()).isEqualTo(saved.trainedOn());
    assertThat(read.settings()).isEqualTo(saved.settings());
    assertThat(Folders.names(folder().resolve("step-0000000240"))).isEqualTo(FILES);
  }

  @Test
  void whateverARunKeepsReadsBackToTheBit() throws IOException {
    Checkpoint saved = TinyCheckpoint.ofEverything(new Position(1, 0, 32, 2), 5);

    store().save(saved, 1);

    requireSame(store().read(name(2)), saved);
    assertThat(saved.state().outerMomentum()).isNotEmpty();
    assertThat(saved.state().residual().values()).isNotEmpty();
    assertThat(saved.state().smoothed()).isNotEmpty();
    assertThat(Folders.names(folder().resolve(name(2)))).containsAll(FILES).hasSize(10);
  }

  @Test
  void aMeanImageReadsBackAndIsGuardedByItsDigest() throws IOException {
    Checkpoint saved = TinyCheckpoint.withMeanImage(2);

    store().save(saved, 1);

    assertThat(store().read(name(2)).trainedOn()).isEqualTo(saved.trainedOn());
    assertThat(Folders.names(folder().resolve(name(2)))).containsAll(FILES).hasSize(8);
    Path mean = file(2, "mean.png");
    Files.write(mean, flipped(Files.readAllBytes(mean), 60));
    assertThatThrownBy(() -> store().read(name(2)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Corrupt checkpoint file " + mean);
  }

  @Test
  void vectorsHaveTheNamesAndShapesOfTheParameters() throws IOException {
    Checkpoint saved = TinyCheckpoint.ofEverything(new Position(1, 0, 32, 2), 5);
    store().save(saved, 1);

    assertThat(bits(tensors("outer.safetensors", saved)))
        .isEqualTo(bits(saved.state().outerMomentum()));
    assertThat(bits(tensors("residual.safetensors", saved)))
        .isEqualTo(bits(saved.state().residual().values()));
    assertThat(bits(tensors("ema.safetensors", saved))).isEqualTo(bits(saved.state().smoothed()));
  }

  @Test
  void whatEvaluationsHaveComeToReadsBackToTheBit() throws IOException {
    for (Watched watched :
        List.of(
            Watched.NOTHING,
            new Watched(Double.NaN, -1, 4, 1, 1),
            new Watched(0.1 + 0.2, 3, 0, 0, 1),
            new Watched(-1e-17, 4, 5, 2, 0.1 * 0.1 * 0.1))) {
      store().save(watching(4, watched), 1);
      assertThat(store().latest().watched()).isEqualTo(watched);
    }
    assertThat(file(4, "position.json"))
        .hasContent(
            "{\"round\":4,\"epoch\":0,\"offset\":0,\"step\":4,\"watched\":{\"since-best\":5,"
                + "\"since-change\":2,\"rate-factor\":0.0010000000000000002,\"best\":-1.0E-17,"
                + "\"best-step\":4}}");
  }

  @Test
  void theCheckpointOfTheBestEvaluationStaysUntilThereIsABetterOne() throws IOException {
    for (int step = 1; step <= 6; step++) {
      store().save(watching(step, new Watched(0.5, Math.min(2, step), 0, 0, 1)), 2);
    }
    assertThat(store().names()).containsExactly(name(2), name(5), name(6));
    store().save(watching(7, new Watched(0.75, 7, 0, 0, 1)), 2);
    assertThat(store().names()).containsExactly(name(6), name(7));
    store().save(watching(8, new Watched(0.75, 7, 1, 1, 1)), 2);
    assertThat(store().names()).containsExactly(name(6), name(7), name(8));
  }

  private static Checkpoint watching(long step, Watched watched) {
    Checkpoint plain = TinyCheckpoint.at(step);
    return new Checkpoint(
        plain.model(),
        plain.layout(),
        plain.state(),
        plain.position(),
        plain.trainedOn(),
        plain.settings(),
        watched);
  }

  private float[] tensors(String file, Checkpoint saved) throws IOException {
    try (InputStream in = Files.newInputStream(file(2, file))) {
      return Safetensors.read(in, saved.layout().tensors(), file);
    }
  }

  @Test
  void damagedOrMissingOuterMomentumMakesTheOlderCheckpointTheLatest() throws IOException {
    store().save(TinyCheckpoint.at(1), 2);
    store().save(TinyCheckpoint.ofEverything(new Position(2, 0, 32, 2), 5), 2);
    Path outer = file(2, "outer.safetensors");
    byte[] whole = Files.readAllBytes(outer);

    Files.write(outer, flipped(whole, whole.length - 1));
    assertThatThrownBy(() -> store().read(name(2)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Corrupt checkpoint file " + outer);

    Files.delete(outer);
    assertThatThrownBy(() -> store().read(name(2)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Torn checkpoint: cannot read " + outer);
    requireSame(store().latest(), TinyCheckpoint.at(1));
  }

  @Test
  void theManifestNamesSizeAndHashOfEveryOtherFile() throws Exception {
    store().save(TinyCheckpoint.at(1), 1);

    var manifest = JSON.readTree(file(1, "manifest.json").toFile());

    assertThat(manifest.path("tributary").asText()).isEqualTo(Version.current());
    for (String name : FILES) {
      if (!name.equals("manifest.json")) {
        byte[] bytes = Files.readAllBytes(file(1, name));
        var entry = manifest.path("files").path(name);
        assertThat(entry.path("bytes").asLong(-1)).as(name).isEqualTo(bytes.length);
        assertThat(entry.path("sha256").asText()).as(name).isEqualTo(sha256(bytes));
      }
    }
  }

  @Test
  void latestIsTheHighestStepWhenNothingIsDamaged() throws IOException {
    for (long step : new long[] {100, 9, 20}) {
      store().save(TinyCheckpoint.at(step), 9);
    }

    assertThat(store().names()).containsExactly(name(9), name(20), name(100));
    requireSame(store().latest(), TinyCheckpoint.at(100));
  }

  @ParameterizedTest
  @FieldSource("FILES")
  void aDamagedFileMakesTheOlderCheckpointTheLatest(String damaged) throws IOException {
    store().save(TinyCheckpoint.at(1), 2);
    store().save(TinyCheckpoint.at(2), 2);
    byte[] whole = Files.readAllBytes(file(2, damaged));
    List<byte[]> damages =
        List.of(
            new byte[0],
            Arrays.copyOf(whole, whole.length - 2),
            Arrays.copyOf(whole, whole.length / 2),
            flipped(whole, 0),
            flipped(whole, whole.length / 2));

    for (byte[] damage : damages) {
      Files.write(file(2, damaged), damage);

      assertThatThrownBy(() -> store().read(name(2)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(name(2));
    }
    requireSame(store().latest(), TinyCheckpoint.at(1));
    Files.write(file(2, damaged), whole);
    requireSame(store().latest(), TinyCheckpoint.at(2));
  }

  @Test
  void damageIsToldWithFileSizesAndHashes() throws Exception {
    store().save(TinyCheckpoint.at(2), 1);
    Path damaged = file(2, "parameters.safetensors");
    byte[] whole = Files.readAllBytes(damaged);
    Files.write(damaged, flipped(whole, whole.length - 1));

    assertThatThrownBy(() -> store().read(name(2)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "Corrupt checkpoint file %s: expected %d bytes with SHA-256 %s, found %d bytes with"
                + " SHA-256 %s",
            damaged,
            whole.length,
            sha256(whole),
            whole.length,
            sha256(flipped(whole, whole.length - 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest.json", "parameters.safetensors", "conf.yaml"})
  void aMissingFileIsNamed(String missing) throws IOException {
    store().save(TinyCheckpoint.at(2), 1);
    Files.delete(file(2, missing));

    assertThatThrownBy(() -> store().read(name(2)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Torn checkpoint: cannot read " + file(2, missing) + ": ")
        .hasMessageContaining("does not exist");
  }

  @Test
  void withoutAnyWholeCheckpointThereIsNoLatest() throws IOException {
    assertThatThrownBy(() -> store().latest())
        .isInstanceOf(CheckpointException.class)
        .hasMessage("No usable checkpoint in %s: found none", folder());

    store().save(TinyCheckpoint.at(1), 2);
    store().save(TinyCheckpoint.at(2), 2);
    Files.delete(file(1, "manifest.json"));
    Files.write(file(2, "conf.yaml"), new byte[0]);

    assertThatThrownBy(() -> store().latest())
        .isInstanceOf(CheckpointException.class)
        .hasMessage("No usable checkpoint in %s: found [%s, %s]", folder(), name(2), name(1));
  }

  @Test
  void aCheckpointThatIsNotThereIsToldWithThoseThatAre() throws IOException {
    store().save(TinyCheckpoint.at(1), 1);

    assertThatThrownBy(() -> store().read("step-7"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("No checkpoint step-7 in %s: [%s]", folder(), name(1));
  }

  @Test
  void whatAKilledWriterLeftIsIgnoredAndSweptByTheNext() throws IOException {
    store().save(TinyCheckpoint.at(1), 3);
    Folders.copy(folder().resolve(name(1)), folder().resolve(".tmp-" + name(2)));
    Files.createDirectories(folder().resolve(".tmp-" + name(9)).resolve("sub"));
    Files.createDirectories(folder().resolve(".tmp-old-" + name(1)));
    Files.createDirectories(folder().resolve("step-notes"));

    assertThat(store().names()).containsExactly(name(1));
    requireSame(store().latest(), TinyCheckpoint.at(1));

    store().save(TinyCheckpoint.at(3), 3);

    assertThat(Folders.names(folder())).containsExactly(name(1), name(3), "step-notes");
  }

  @Test
  void aWriterKilledAfterAnyOfItsFilesLeavesThePreviousCheckpoint() throws IOException {
    store().save(TinyCheckpoint.at(1), 3);
    store().save(TinyCheckpoint.at(2), 3);
    for (int written = 0; written < FILES.size(); written++) {
      // Even if the rename went to the disk before the files did.
      Path torn = Files.createDirectories(folder().resolve(name(3)));
      for (String name : FILES.subList(0, written)) {
        Files.copy(file(2, name), torn.resolve(name));
      }

      requireSame(store().latest(), TinyCheckpoint.at(2));

      Folders.delete(torn);
    }
  }

  @Test
  void onlyTheNewestStay() throws IOException {
    for (long step = 1; step <= 5; step++) {
      store().save(TinyCheckpoint.at(step), 2);
    }

    assertThat(store().names()).containsExactly(name(4), name(5));
    assertThat(Folders.names(folder())).containsExactly(name(4), name(5));
  }

  @Test
  void aRunThatPassedOverDamagedCheckpointsKeepsWhatItWritesNow() throws IOException {
    for (long step : new long[] {10, 20, 30}) {
      store().save(TinyCheckpoint.at(step), 3);
    }
    Files.delete(file(20, "manifest.json"));
    Files.delete(file(30, "manifest.json"));

    store().save(TinyCheckpoint.at(15), 1);

    assertThat(store().names()).containsExactly(name(15), name(20), name(30));
    requireSame(store().latest(), TinyCheckpoint.at(15));

    store().save(TinyCheckpoint.at(30), 1);

    assertThat(store().names()).containsExactly(name(30));
    requireSame(store().latest(), TinyCheckpoint.at(30));
  }

  @Test
  void stepsOfMoreThanTenDigitsAreOrderedByNumber() throws IOException {
    for (long step : new long[] {10_000_000_000L, 9_999_999_999L}) {
      store().save(TinyCheckpoint.at(new Position(1, 0, 0, step), step), 2);
    }

    assertThat(store().names()).containsExactly("step-9999999999", "step-10000000000");
  }

  @Test
  void savingAStepAgainReplacesIt() throws IOException {
    Position position = new Position(2, 0, 0, 20);
    store().save(TinyCheckpoint.at(position, 1), 2);
    Files.createDirectories(folder().resolve(".tmp-old-" + name(20)).resolve("left-behind"));

    store().save(TinyCheckpoint.at(position, 2), 2);

    requireSame(store().latest(), TinyCheckpoint.at(position, 2));
    assertThat(Folders.names(folder())).containsExactly(name(20));
  }

  @Test
  void aCheckpointPutAsideAndNeverReplacedIsStillThere() throws IOException {
    store().save(TinyCheckpoint.at(10), 2);
    store().save(TinyCheckpoint.at(20), 2);
    Files.move(folder().resolve(name(20)), folder().resolve(".tmp-old-" + name(20)));

    assertThat(store().names()).containsExactly(name(10), name(20));
    requireSame(store().latest(), TinyCheckpoint.at(20));
    requireSame(store().read(name(20)), TinyCheckpoint.at(20));

    store().save(TinyCheckpoint.at(30), 2);

    assertThat(Folders.names(folder())).containsExactly(name(20), name(30));
    requireSame(store().read(name(20)), TinyCheckpoint.at(20));
  }

  @Test
  void aLockLostWhileWritingIsNoticedBeforeTheCommit() throws IOException {
    store().save(TinyCheckpoint.at(1), 1);
    AtomicInteger asked = new AtomicInteger();
    CheckpointStore fenced =
        new CheckpointStore(
            new org.apache.hadoop.fs.Path(folder().toString()),
            new Configuration(),
            () -> {
              if (asked.incrementAndGet() == 2) {
                assertThat(Folders.names(folder())).hasSize(2);
                throw new LockException("taken over by somebody");
              }
            });

    assertThatThrownBy(() -> fenced.save(TinyCheckpoint.at(2), 1))
        .isInstanceOf(LockException.class)
        .hasMessage("taken over by somebody");

    assertThat(Folders.names(folder())).containsExactly(name(1));
  }

  @Test
  void whetherCheckpointsCanBeWrittenIsFoundOutBefore() throws IOException {
    store().requireWritable();
    assertThat(folder()).isEmptyDirectory();

    Files.delete(folder());
    Files.write(folder(), new byte[1]);

    assertThatThrownBy(() -> store().requireWritable())
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot write checkpoints to " + folder() + ": ");
  }

  @Test
  void aFolderThatIsAFileIsToldByName() throws IOException {
    Files.write(folder(), new byte[1]);

    assertThatThrownBy(() -> store().save(TinyCheckpoint.at(1), 1))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot write checkpoint " + name(1) + " to " + folder() + ": ");
    assertThat(folder()).hasSize(1);
  }

  @Test
  void aFullDiskIsToldAndLeavesTheOldCheckpointsAlone() throws IOException {
    store().save(TinyCheckpoint.at(1), 1);
    Configuration full = new Configuration();
    full.setClass("fs.full.impl", FullDisk.class, org.apache.hadoop.fs.FileSystem.class);
    full.setBoolean("fs.full.impl.disable.cache", true);
    CheckpointStore store =
        new CheckpointStore(new org.apache.hadoop.fs.Path("full://" + folder()), full);

    assertThatThrownBy(() -> store.save(TinyCheckpoint.at(2), 1))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot write checkpoint " + name(2) + " to full:")
        .hasMessageContaining("No space left on device");
    requireSame(store().latest(), TinyCheckpoint.at(1));
    assertThat(Folders.names(folder())).containsExactly(name(1));
  }

  @Test
  void anotherFormatVersionIsToldWithBothProgramsVersions() throws IOException {
    store().save(TinyCheckpoint.at(1), 1);
    rewriteManifest(manifest -> manifest.put("version", 3).put("tributary", "9.0"));

    assertThatThrownBy(() -> store().read(name(1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s was written by Tributary 9.0 in format version 3; this is Tributary %s, which"
                + " reads versions 1 to 2",
            file(1, "manifest.json"), Version.current());
  }

  @Test
  void leftOverPlacesReadBackAndOlderProgramsRefuseThem() throws IOException {
    Places leftOver = new Places(List.of(new Places.Range(40, 8), new Places.Range(3, 5)));
    Position position = new Position(2, 0, 50, 4, leftOver);
    store().save(TinyCheckpoint.at(position, 1), 1);

    assertThat(store().latest().position()).isEqualTo(position);
    assertThat(file(4, "position.json"))
        .hasContent(
            "{\"round\":2,\"epoch\":0,\"offset\":50,\"step\":4,\"left-over\":[[40,8],[3,5]]}");
    assertThat(JSON.readTree(file(4, "manifest.json").toFile()).path("version").asInt())
        .isEqualTo(2);
  }

  @Test
  void theCountOfDroppedRoundsReadsBack() throws IOException {
    Checkpoint plain = TinyCheckpoint.at(new Position(5, 0, 50, 4), 1);
    RunState state =
        RunState.of(plain.state().model())
            .afterDroppedRound()
            .afterDroppedRound()
            .afterDroppedRound();
    store()
        .save(
            new Checkpoint(
                plain.model(),
                plain.layout(),
                state,
                plain.position(),
                plain.trainedOn(),
                plain.settings()),
            1);

    assertThat(store().latest().state().droppedRounds()).isEqualTo(3);
    assertThat(file(4, "position.json"))
        .hasContent("{\"round\":5,\"epoch\":0,\"offset\":50,\"step\":4,\"dropped-rounds\":3}");
  }

  @Test
  void aCheckpointWithoutLeftOverPlacesIsOneOfTheFirstVersion() throws IOException {
    Position position = new Position(2, 0, 50, 4);
    store().save(TinyCheckpoint.at(position, 1), 1);

    assertThat(store().latest().position()).isEqualTo(position);
    assertThat(file(4, "position.json"))
        .hasContent("{\"round\":2,\"epoch\":0,\"offset\":50,\"step\":4}");
    assertThat(JSON.readTree(file(4, "manifest.json").toFile()).path("version").asInt())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          round     | -1              | a whole number in 0..2147483647
          round     | 2147483648      | a whole number in 0..2147483647
          epoch     | "two"           | a whole number in 0..2147483647
          offset    | -7              | a whole number in 0..9223372036854775807
          offset    | 1e300           | a whole number in 0..9223372036854775807
          step      | 1.5             | a whole number in 0..9223372036854775807
          step      | null            | a whole number in 0..9223372036854775807
          dropped-rounds | -1         | a whole number in 0..2
          dropped-rounds | 3          | a whole number in 0..2
          left-over | [[0,51]]        | distinct ranges [from, size] of places below offset 50
          left-over | [[9,2],[10,1]]  | distinct ranges [from, size] of places below offset 50
          left-over | [[-1,2]]        | distinct ranges [from, size] of places below offset 50
          left-over | [[3]]           | distinct ranges [from, size] of places below offset 50
          left-over | [[9223372036854775807,1]] | distinct ranges [from, size] of places below offset 50
          left-over | "all"           | distinct ranges [from, size] of places below offset 50
          """)
  void aPositionOutOfRangeUnderAFittingManifestIsToldWithFileFieldExpectedAndFound(
      String field, String found, String expected) throws Exception {
    store().save(TinyCheckpoint.at(new Position(2, 0, 50, 1), 1), 1);
    ObjectNode position = (ObjectNode) JSON.readTree(file(1, "position.json").toFile());
    position.set(field, JSON.readTree(found));
    replace("position.json", position.toString());

    assertThatThrownBy(() -> store().read(name(1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "Corrupt checkpoint file %s: %s: expected %s, found %s",
            file(1, "position.json"), field, expected, JSON.readTree(found));
  }

  @Test
  void aManifestOfAnotherFormatIsRefused() throws IOException {
    store().save(TinyCheckpoint.at(1), 1);
    rewriteManifest(manifest -> manifest.put("format", "zip"));

    assertThatThrownBy(() -> store().read(name(1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s: expected format tributary-checkpoint, found \"zip\"", file(1, "manifest.json"));
  }

  @Test
  void aModelThatNamesAForeignClassIsRefusedWithoutLoadingIt() throws Exception {
    store().save(TinyCheckpoint.at(1), 1);
    replace("model.json", model().replace("org.nd4j.linalg.learning.config.Adam", trap()));

    assertThatThrownBy(() -> store().read(name(1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(
            "Cannot use checkpoint "
                + name(1)
                + ": Refused the model configuration "
                + file(1, "model.json")
                + ": it names classes that are not DL4J's: ["
                + trap()
                + "]");
    assertThat(System.getProperty(trap())).isNull();
  }

  @Test
  void parametersOfAnotherModelAreRefused() throws Exception {
    store().save(TinyCheckpoint.at(1), 1);
    replace("model.json", model().replaceFirst("\"nout\" : 3", "\"nout\" : 5"));

    assertThatThrownBy(() -> store().read(name(1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("parameters.safetensors does not fit the model: tensor 2_W");
  }

  /** Says so if it is ever initialised. */
  public static final class Trap {
    static {
      System.setProperty(trap(), "sprung");
    }
  }

  /** A local file system whose new files are all on a full disk: the kernel's own. */
  public static final class FullDisk extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("full:///");
    }

    @Override
    protected OutputStream createOutputStreamWithMode(
        org.apache.hadoop.fs.Path file, boolean append, FsPermission permission)
        throws IOException {
      return super.createOutputStreamWithMode(
          new org.apache.hadoop.fs.Path("/dev/full"), /* append= */ true, permission);
    }
  }

  private static String trap() {
    return CheckpointStoreTest.class.getName() + "$Trap";
  }

  private String model() throws IOException {
    return Files.readString(file(1, "model.json"));
  }

  /** Changes a file as somebody who also mends the manifest. */
  private void replace(String name, String text) throws Exception {
    assertThat(text).isNotEqualTo(Files.readString(file(1, name)));
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Files.write(file(1, name), bytes);
    String sha256 = sha256(bytes);
    rewriteManifest(
        manifest ->
            manifest.withObject("/files/" + name).put("bytes", bytes.length).put("sha256", sha256));
  }

  private void rewriteManifest(Consumer<ObjectNode> change) throws IOException {
    Path file = file(1, "manifest.json");
    ObjectNode manifest = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(manifest);
    JSON.writeValue(file.toFile(), manifest);
  }

  private static void requireSame(Checkpoint found, Checkpoint expected) {
    assertThat(found.position()).isEqualTo(expected.position());
    ModelState model = found.state().model();
    assertThat(bits(model.parameters())).isEqualTo(bits(expected.state().model().parameters()));
    assertThat(bits(model.optimizer())).isEqualTo(bits(expected.state().model().optimizer()));
    assertThat(model.optimizer()).isNotEmpty();
    assertThat(bits(found.state().outerMomentum()))
        .isEqualTo(bits(expected.state().outerMomentum()));
    assertThat(bits(found.state().residual().values()))
        .isEqualTo(bits(expected.state().residual().values()));
    assertThat(bits(found.state().smoothed())).isEqualTo(bits(expected.state().smoothed()));
    assertThat(found.watched()).isEqualTo(expected.watched());
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= 1;
    return flipped;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private Path folder() {
    return temporary.resolve("checkpoints");
  }

  private Path file(long step, String name) {
    return folder().resolve(name(step)).resolve(name);
  }

  private static String name(long step) {
    return Checks.format("step-%010d", step);
  }

  private CheckpointStore store() {
    try {
      return new CheckpointStore(
          new org.apache.hadoop.fs.Path(folder().toString()), new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

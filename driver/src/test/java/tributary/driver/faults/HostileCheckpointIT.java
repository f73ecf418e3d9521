package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Gadget;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/**
 * Checkpoints made to do harm: their manifests fit, so that the files themselves are looked at. The
 * readers have little memory.
 */
@Tag("faults")
@ExtendWith(FashionMnist.class)
class HostileCheckpointIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path folder;
  private Path checkpoint;

  @BeforeEach
  void copyACheckpoint() {
    Path run = SmallRun.copy(folder.resolve("run"));
    List<String> names = SmallRun.checkpoints(run);
    checkpoint = run.resolve("checkpoints").resolve(names.get(names.size() - 1));
  }

  @Test
  void aWholeOneFitsTheMemoryThatTheseTestsGive() {
    assertThat(inspect().orFail().output()).contains("all files whole");
  }

  @Test
  void serialisedObjectsAreNeverRead() throws Exception {
    byte[] gadget = Gadget.leaving(folder.resolve("sprung"));
    for (String file : List.of("parameters.safetensors", "optimizer.safetensors")) {
      byte[] whole = Files.readAllBytes(checkpoint.resolve(file));
      replaceStart(file, gadget);
      requireRefused(file + ": header length at byte 0: expected 2..67108864, found ");
      replace(file, whole);
    }
    replace("position.json", gadget);
    requireRefused("Corrupt checkpoint file ", "position.json: not JSON");
  }

  @Test
  void aClassThatIsNotDl4jsIsNotLookedFor() throws Exception {
    String model = Files.readString(checkpoint.resolve("model.json"));
    String foreign =
        model.replaceFirst(
            "org\\.deeplearning4j\\.nn\\.conf\\.layers\\.\\w+",
            "org.springframework.context.support.ClassPathXmlApplicationContext");
    assertThat(foreign).isNotEqualTo(model);
    replace("model.json", foreign.getBytes(StandardCharsets.UTF_8));

    requireRefused(
        "it names classes that are not DL4J's:"
            + " [org.springframework.context.support.ClassPathXmlApplicationContext]");
  }

  @Test
  void aTensorOfATerabyteTakesNoMemory() throws Exception {
    byte[] header =
        "{\"0_b\":{\"dtype\":\"F32\",\"shape\":[250000000000],\"data_offsets\":[0,1000000000000]}}"
            .getBytes(StandardCharsets.UTF_8);
    replaceStart(
        "parameters.safetensors",
        ByteBuffer.allocate(Long.BYTES + header.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header)
            .array());

    requireRefused("parameters.safetensors does not fit the model: tensor 0_b: expected ");
  }

  @Test
  void aPlaceThatNoRunCanBeAtIsRefused() throws Exception {
    ObjectNode position = (ObjectNode) JSON.readTree(checkpoint.resolve("position.json").toFile());
    replace("position.json", JSON.writeValueAsBytes(position.put("epoch", 0).put("offset", 512)));
    SmallRun.requireError(
        Tributary.run(SmallRun.DEADLINE, SmallRun.resume(checkpoint)),
        4,
        "position.json of step 32: offset: expected 0..511, found 512");

    replace("position.json", JSON.writeValueAsBytes(position.put("offset", -1)));
    requireRefused(
        checkpoint.resolve("position.json") + ": offset: expected a whole number in 0..",
        ", found -1");
  }

  private void requireRefused(String... why) {
    Outcome outcome = inspect();
    SmallRun.requireError(outcome, 4, why);
    assertThat(outcome.errors()).doesNotContain("OutOfMemoryError");
  }

  private Outcome inspect() {
    return Tributary.local()
        .withOptions(List.of("--driver-memory", "96m"))
        .submit(SmallRun.DEADLINE, "inspect", "--checkpoint=" + checkpoint);
  }

  /** Puts other bytes where a file begins: it stays as long as it was, or it would not be read. */
  private void replaceStart(String name, byte[] bytes) throws Exception {
    byte[] whole = Files.readAllBytes(checkpoint.resolve(name));
    System.arraycopy(bytes, 0, whole, 0, bytes.length);
    replace(name, whole);
  }

  private void replace(String name, byte[] bytes) throws Exception {
    Files.write(checkpoint.resolve(name), bytes);
    Path manifest = checkpoint.resolve("manifest.json");
    ObjectNode json = (ObjectNode) JSON.readTree(manifest.toFile());
    ((ObjectNode) json.path("files").path(name))
        .put("bytes", bytes.length)
        .put(
            "sha256", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    JSON.writeValue(manifest.toFile(), json);
  }
}

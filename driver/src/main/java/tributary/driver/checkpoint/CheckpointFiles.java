package tributary.driver.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.MeanImage;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.DatasetProfile;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Text;
import tributary.driver.Version;
import tributary.driver.exchange.Residual;
import tributary.driver.round.RunState;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;
import tributary.worker.train.Places;

/**
 * The files of one checkpoint in its folder.
 *
 * <pre>
 * model.json               DL4J's configuration
 * parameters.safetensors   the flat parameter vector, a tensor per parameter
 * optimizer.safetensors    the flat optimizer state, one tensor
 * outer.safetensors        outer momentum, a tensor per parameter; only where there is one
 * ema.safetensors          moving average of the parameters, a tensor per parameter; only where one
 *                          is kept
 * residual.safetensors     what the exchange has rounded off; only where it does
 * position.json            how far the run has come: {@link PositionFile}
 * dataset.json             digest of the manifest, classes, channel statistics, vocabulary
 * mean.png                 the mean image that was subtracted; only where one was
 * conf.yaml                the effective configuration
 * manifest.json            format, version, and size and SHA-256 of every other file; written last
 * </pre>
 */
final class CheckpointFiles {
  static final String MANIFEST = "manifest.json";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FORMAT = "tributary-checkpoint";

  /** Since version 2 a position may have left-over places; others are written as version 1. */
  private static final int VERSION = 2;

  private static final String MODEL = "model.json";
  private static final String PARAMETERS = "parameters.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String OUTER = "outer.safetensors";
  private static final String SMOOTHED = "ema.safetensors";
  private static final String RESIDUAL = "residual.safetensors";
  private static final String POSITION = "position.json";
  private static final String DATASET = "dataset.json";
  private static final String SETTINGS = "conf.yaml";
  private static final String MEAN = Images.MEAN_FILE;
  private static final List<String> SOMETIMES = List.of(OUTER, SMOOTHED, RESIDUAL, MEAN);
  private static final List<String> ALWAYS =
      List.of(MODEL, PARAMETERS, OPTIMIZER, POSITION, DATASET, SETTINGS);

  private final FileSystem fs;
  private final Path folder;

  CheckpointFiles(FileSystem fs, Path folder) {
    this.fs = fs;
    this.folder = folder;
  }

  void write(Checkpoint checkpoint) throws IOException {
    Map<String, FileDigest> digests = new TreeMap<>();
    digests.put(MODEL, write(MODEL, utf8(checkpoint.model().json())));
    List<ParameterTensor> tensors = checkpoint.layout().tensors();
    ModelState state = checkpoint.state().model();
    float[] outer = checkpoint.state().outerMomentum();
    Residual residual = checkpoint.state().residual();
    digests.put(PARAMETERS, write(PARAMETERS, tensors, state.parameters()));
    digests.put(
        OPTIMIZER, write(OPTIMIZER, optimizerTensors(checkpoint.layout()), state.optimizer()));
    if (outer.length > 0) {
      digests.put(OUTER, write(OUTER, tensors, outer));
    }
    float[] smoothed = checkpoint.state().smoothed();
    if (smoothed.length > 0) {
      digests.put(SMOOTHED, write(SMOOTHED, tensors, smoothed));
    }
    if (!residual.isEmpty()) {
      digests.put(RESIDUAL, write(RESIDUAL, tensors, residual.values()));
    }
    digests.put(
        POSITION,
        write(
            POSITION,
            out ->
                JSON.writeValue(
                    out,
                    PositionFile.write(
                        checkpoint.position(),
                        checkpoint.state().droppedRounds(),
                        checkpoint.watched()))));
    digests.put(DATASET, write(DATASET, out -> JSON.writeValue(out, dataset(checkpoint))));
    MeanImage mean = checkpoint.trainedOn().meanImage();
    if (mean != null) {
      digests.put(MEAN, write(MEAN, out -> out.write(mean.png())));
    }
    digests.put(SETTINGS, write(SETTINGS, utf8(checkpoint.settings())));
    int version = checkpoint.position().leftOver().equals(Places.NONE) ? 1 : VERSION;
    write(MANIFEST, utf8(manifest(version, digests)));
  }

  /** Compares every file with the manifest's size and SHA-256. */
  void verify() throws IOException {
    JsonNode files = readManifest().path("files");
    List<String> names = new ArrayList<>(ALWAYS);
    SOMETIMES.stream().filter(files::has).forEach(names::add);
    for (String name : names) {
      JsonNode entry = files.path(name);
      FileDigest expected =
          new FileDigest(entry.path("bytes").asLong(-1), entry.path("sha256").asText());
      FileDigest found = digest(name);
      if (!expected.equals(found)) {
        throw new CheckpointException(
            Checks.format(
                "Corrupt checkpoint file %s: expected %s, found %s",
                new Path(folder, name), expected, found));
      }
    }
  }

  /** Reads a checkpoint that {@link #verify} has passed. */
  Checkpoint read() throws IOException {
    ModelConfiguration model = ModelConfiguration.parse(text(MODEL), place(MODEL));
    JsonNode files = readManifest().path("files");
    long bytes = files.path(PARAMETERS).path("bytes").asLong();
    if (model.parameterCount() * Float.BYTES > bytes) {
      throw new CheckpointException(
          Checks.format(
              "%s does not fit the model: expected %d parameters, found a file of %d bytes",
              place(PARAMETERS), model.parameterCount(), bytes));
    }
    ParameterLayout layout = Network.layoutOf(model);
    PositionFile position = new PositionFile(json(POSITION), place(POSITION));
    return new Checkpoint(
        model,
        layout,
        new RunState(
            new ModelState(
                vector(PARAMETERS, layout.tensors()), vector(OPTIMIZER, optimizerTensors(layout))),
            files.has(OUTER) ? vector(OUTER, layout.tensors()) : new float[0],
            files.has(RESIDUAL) ? Residual.of(vector(RESIDUAL, layout.tensors())) : Residual.NONE,
            files.has(SMOOTHED) ? vector(SMOOTHED, layout.tensors()) : new float[0],
            position.droppedRounds()),
        position.position(),
        profile(json(DATASET)).with(files.has(MEAN) ? meanImage() : null),
        text(SETTINGS),
        position.watched());
  }

  private JsonNode readManifest() throws IOException {
    String place = place(MANIFEST);
    JsonNode manifest = json(MANIFEST);
    if (!manifest.path("format").asText().equals(FORMAT)) {
      throw new CheckpointException(
          Checks.format(
              "%s: expected format %s, found %s", place, FORMAT, manifest.path("format")));
    }
    int version = manifest.path("version").asInt();
    if (version < 1 || version > VERSION) {
      throw new CheckpointException(
          Checks.format(
              "%s was written by Tributary %s in format version %s; this is Tributary %s, which"
                  + " reads versions 1 to %d",
              place,
              manifest.path("tributary").asText(),
              manifest.path("version"),
              Version.current(),
              VERSION));
    }
    return manifest;
  }

  private static String manifest(int version, Map<String, FileDigest> digests) throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("format", FORMAT).put("version", version).put("tributary", Version.current());
    ObjectNode files = manifest.putObject("files");
    digests.forEach(
        (name, digest) ->
            files.putObject(name).put("bytes", digest.bytes()).put("sha256", digest.sha256()));
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(manifest) + "\n";
  }

  private static ObjectNode dataset(Checkpoint checkpoint) {
    DatasetProfile profile = checkpoint.trainedOn();
    ObjectNode dataset = JSON.createObjectNode().put("manifest-sha256", profile.digest());
    profile.classes().forEach(dataset.putArray("classes")::add);
    if (profile.statistics() != null) {
      profile.statistics().mean().forEach(dataset.putArray("mean")::add);
      profile.statistics().std().forEach(dataset.putArray("std")::add);
    }
    if (profile.text() != null) {
      profile.text().write(dataset.putObject("text"));
    }
    return dataset;
  }

  private DatasetProfile profile(JsonNode dataset) throws CheckpointException {
    List<String> classes = new ArrayList<>();
    dataset.path("classes").forEach(name -> classes.add(name.asText()));
    return new DatasetProfile(
        dataset.path("manifest-sha256").asText(),
        classes,
        dataset.has("mean")
            ? new ChannelStatistics(numbers(dataset.path("mean")), numbers(dataset.path("std")))
            : null,
        /* meanImage= */ null,
        dataset.has("text") ? vocabulary(dataset.path("text")) : null);
  }

  private Text vocabulary(JsonNode text) throws CheckpointException {
    try {
      return Text.read(text);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          "Corrupt checkpoint file " + place(DATASET) + ": " + e.getMessage(), e);
    }
  }

  private MeanImage meanImage() throws IOException {
    try {
      return MeanImage.ofPng(Storage.readAll(fs, new Path(folder, MEAN)));
    } catch (BadImageException e) {
      throw new CheckpointException(
          "Corrupt checkpoint file " + place(MEAN) + ": " + e.getMessage(), e);
    }
  }

  private static List<Double> numbers(JsonNode array) {
    List<Double> numbers = new ArrayList<>();
    array.forEach(number -> numbers.add(number.asDouble()));
    return numbers;
  }

  private static List<ParameterTensor> optimizerTensors(ParameterLayout layout) {
    long size = layout.optimizerSize();
    return size == 0
        ? List.of()
        : List.of(new ParameterTensor("optimizer", "", 0, List.of(size), false));
  }

  private FileDigest write(String name, List<ParameterTensor> tensors, float[] values)
      throws IOException {
    return write(name, out -> Safetensors.write(out, tensors, values));
  }

  private FileDigest write(String name, Content content) throws IOException {
    MessageDigest sha256 = Sha256.digest();
    try (FSDataOutputStream file = fs.create(new Path(folder, name), true)) {
      DigestOutputStream out = new DigestOutputStream(file, sha256);
      content.writeTo(new Unclosed(out));
      file.hsync();
      return new FileDigest(file.getPos(), Sha256.hex(sha256.digest()));
    }
  }

  private FileDigest digest(String name) throws IOException {
    MessageDigest sha256 = Sha256.digest();
    long bytes = 0;
    try (InputStream in = new DigestInputStream(fs.open(new Path(folder, name)), sha256)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytes += read;
      }
    } catch (FileNotFoundException e) {
      throw torn(name, e);
    }
    return new FileDigest(bytes, Sha256.hex(sha256.digest()));
  }

  private float[] vector(String name, List<ParameterTensor> tensors) throws IOException {
    try (InputStream in = new BufferedInputStream(fs.open(new Path(folder, name)))) {
      return Safetensors.read(in, tensors, place(name));
    }
  }

  private JsonNode json(String name) throws IOException {
    try {
      return JSON.readTree(text(name));
    } catch (FileNotFoundException e) {
      throw torn(name, e);
    } catch (JsonProcessingException e) {
      throw new CheckpointException("Corrupt checkpoint file " + place(name) + ": not JSON", e);
    }
  }

  private String text(String name) throws IOException {
    return new String(Storage.readAll(fs, new Path(folder, name)), StandardCharsets.UTF_8);
  }

  private CheckpointException torn(String name, IOException e) {
    return new CheckpointException(
        "Torn checkpoint: cannot read " + place(name) + ": " + e.getMessage(), e);
  }

  private String place(String name) {
    return new Path(folder, name).toString();
  }

  private static Content utf8(String text) {
    return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Size and SHA-256 of a file. */
  private record FileDigest(long bytes, String sha256) {
    @Override
    public String toString() {
      return Checks.format("%d bytes with SHA-256 %s", bytes, sha256);
    }
  }

  /** What a file is filled with. */
  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Jackson closes what it writes to; the file must stay open until it is synced. */
  private static final class Unclosed extends java.io.FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}

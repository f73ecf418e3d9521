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
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.driver.Version;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;
import tributary.worker.train.Position;

/**
 * The files of one checkpoint in its folder.
 *
 * <pre>
 * model.json               DL4J's configuration
 * parameters.safetensors   the flat parameter vector, a tensor per parameter
 * optimizer.safetensors    the flat optimizer state, one tensor
 * position.json            round, epoch, offset, step, digest of the dataset
 * conf.yaml                the effective configuration
 * manifest.json            format, version, and size and SHA-256 of every other file; written last
 * </pre>
 */
final class CheckpointFiles {
  static final String MANIFEST = "manifest.json";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FORMAT = "tributary-checkpoint";
  private static final int VERSION = 1;
  private static final String MODEL = "model.json";
  private static final String PARAMETERS = "parameters.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String POSITION = "position.json";
  private static final String SETTINGS = "conf.yaml";
  private static final List<String> ALL = List.of(MODEL, PARAMETERS, OPTIMIZER, POSITION, SETTINGS);

  private final FileSystem fs;
  private final Path folder;

  CheckpointFiles(FileSystem fs, Path folder) {
    this.fs = fs;
    this.folder = folder;
  }

  void write(Checkpoint checkpoint) throws IOException {
    Map<String, FileDigest> digests = new TreeMap<>();
    digests.put(MODEL, write(MODEL, utf8(checkpoint.model().json())));
    digests.put(
        PARAMETERS,
        write(
            PARAMETERS,
            out ->
                Safetensors.write(
                    out, checkpoint.layout().tensors(), checkpoint.state().parameters())));
    digests.put(
        OPTIMIZER,
        write(
            OPTIMIZER,
            out ->
                Safetensors.write(
                    out, optimizerTensors(checkpoint.layout()), checkpoint.state().optimizer())));
    digests.put(POSITION, write(POSITION, out -> JSON.writeValue(out, position(checkpoint))));
    digests.put(SETTINGS, write(SETTINGS, utf8(checkpoint.settings())));
    write(MANIFEST, utf8(manifest(digests)));
  }

  /** Compares every file with the manifest's size and SHA-256. */
  void verify() throws IOException {
    JsonNode files = readManifest().path("files");
    for (String name : ALL) {
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
    ParameterLayout layout = layout(model);
    JsonNode position = JSON.readTree(text(POSITION));
    return new Checkpoint(
        model,
        layout,
        new ModelState(
            vector(PARAMETERS, layout.tensors()), vector(OPTIMIZER, optimizerTensors(layout))),
        new Position(
            position.path("round").asInt(),
            position.path("epoch").asInt(),
            position.path("offset").asLong(),
            position.path("step").asLong()),
        position.path("dataset").asText(),
        text(SETTINGS));
  }

  private JsonNode readManifest() throws IOException {
    String place = place(MANIFEST);
    JsonNode manifest;
    try {
      manifest = JSON.readTree(text(MANIFEST));
    } catch (FileNotFoundException e) {
      throw new CheckpointException("Torn checkpoint: it has no " + place, e);
    } catch (JsonProcessingException e) {
      throw new CheckpointException("Corrupt checkpoint file " + place + ": not JSON", e);
    }
    if (!manifest.path("format").asText().equals(FORMAT)) {
      throw new CheckpointException(
          Checks.format(
              "%s: expected format %s, found %s", place, FORMAT, manifest.path("format")));
    }
    if (manifest.path("version").asInt() != VERSION) {
      throw new CheckpointException(
          Checks.format(
              "%s was written by Tributary %s in format version %s; this is Tributary %s, which"
                  + " reads version %d",
              place,
              manifest.path("tributary").asText(),
              manifest.path("version"),
              Version.current(),
              VERSION));
    }
    return manifest;
  }

  private static String manifest(Map<String, FileDigest> digests) throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("format", FORMAT).put("version", VERSION).put("tributary", Version.current());
    ObjectNode files = manifest.putObject("files");
    digests.forEach(
        (name, digest) ->
            files.putObject(name).put("bytes", digest.bytes()).put("sha256", digest.sha256()));
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(manifest) + "\n";
  }

  private static ObjectNode position(Checkpoint checkpoint) {
    Position position = checkpoint.position();
    return JSON.createObjectNode()
        .put("round", position.round())
        .put("epoch", position.epoch())
        .put("offset", position.offset())
        .put("step", position.step())
        .put("dataset", checkpoint.datasetDigest());
  }

  private static List<ParameterTensor> optimizerTensors(ParameterLayout layout) {
    long size = layout.optimizerSize();
    return size == 0
        ? List.of()
        : List.of(new ParameterTensor("optimizer", "", 0, List.of(size), false));
  }

  private static ParameterLayout layout(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return network.layout();
    }
  }

  private FileDigest write(String name, Content content) throws IOException {
    MessageDigest sha256 = sha256();
    try (FSDataOutputStream file = fs.create(new Path(folder, name), true)) {
      DigestOutputStream out = new DigestOutputStream(file, sha256);
      content.writeTo(new Unclosed(out));
      file.hsync();
      return new FileDigest(file.getPos(), hex(sha256));
    }
  }

  private FileDigest digest(String name) throws IOException {
    MessageDigest sha256 = sha256();
    long bytes = 0;
    try (InputStream in = new DigestInputStream(fs.open(new Path(folder, name)), sha256)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytes += read;
      }
    } catch (FileNotFoundException e) {
      throw new CheckpointException("Torn checkpoint: it has no " + place(name), e);
    }
    return new FileDigest(bytes, hex(sha256));
  }

  private float[] vector(String name, List<ParameterTensor> tensors) throws IOException {
    try (InputStream in = new BufferedInputStream(fs.open(new Path(folder, name)))) {
      return Safetensors.read(in, tensors, place(name));
    }
  }

  private String text(String name) throws IOException {
    return new String(Storage.readAll(fs, new Path(folder, name)), StandardCharsets.UTF_8);
  }

  private String place(String name) {
    return new Path(folder, name).toString();
  }

  private static Content utf8(String text) {
    return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
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

package tributary.datasets.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Tells whether a dataset that was packed before is the one that would be packed now: a digest of
 * the paths, sizes and modification times of all files of an input, and of everything else that
 * decides about the packed bytes. No file is read.
 */
public final class InputFingerprint {
  /** Raised when the same input comes to other bytes than before. */
  private static final int PACKING = 1;

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final Configuration hadoop;
  private final DigestOutputStream digest =
      new DigestOutputStream(OutputStream.nullOutputStream(), Sha256.digest());
  private final DataOutputStream out = new DataOutputStream(digest);

  private InputFingerprint(Configuration hadoop) {
    this.hadoop = hadoop;
  }

  /**
   * The fingerprint of what is to be packed.
   *
   * @return 64 hexadecimal digits
   * @throws tributary.datasets.DataException if a folder of the input cannot be read
   */
  public static String of(
      SourceFormat format, SourceOptions named, PackSettings settings, Configuration hadoop)
      throws IOException {
    SourceOptions options = named.qualified(hadoop);
    InputFingerprint fingerprint = new InputFingerprint(hadoop);
    fingerprint.out.write(decisions(format, options, settings));
    for (SourceOptions.Input input : options.inputs()) {
      fingerprint.addInput(new Path(input.path()));
    }
    return Sha256.hex(fingerprint.digest.getMessageDigest().digest());
  }

  private static byte[] decisions(
      SourceFormat format, SourceOptions options, PackSettings settings) {
    Decisions all =
        new Decisions(
            PACKING,
            Manifest.VERSION,
            format.title(),
            options.inputs().stream().map(SourceOptions.Input::toString).toList(),
            options.classes(),
            options.text(),
            settings);
    try {
      return MAPPER.writeValueAsBytes(all);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of strings and numbers are always JSON", e);
    }
  }

  private void addInput(Path input) throws IOException {
    FileSystem fs = Storage.fileSystem(input, hadoop);
    FileStatus status;
    try {
      status = fs.getFileStatus(input);
    } catch (IOException e) {
      throw SourceFiles.unreadable(input, e);
    }
    if (status.isDirectory()) {
      addFolder(input, "");
    } else {
      add("", status.getLen(), status.getModificationTime());
    }
  }

  /** One folder's list at a time is in memory. */
  private void addFolder(Path folder, String prefix) throws IOException {
    for (Entry entry : SourceFiles.list(folder, hadoop)) {
      String name = prefix + entry.name();
      if (entry.isFolder()) {
        add(name + "/", 0, 0);
        addFolder(entry.path(), name + "/");
      } else {
        add(name, entry.bytes(), entry.modifiedMillis());
      }
    }
  }

  private void add(String name, long bytes, long modifiedMillis) throws IOException {
    byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
    out.writeInt(encoded.length);
    out.write(encoded);
    out.writeLong(bytes);
    out.writeLong(modifiedMillis);
  }

  /** What decides about the packed bytes beside the files. */
  private record Decisions(
      int packing,
      int dataset,
      String format,
      List<String> inputs,
      List<String> classes,
      TextOptions text,
      PackSettings settings) {}
}

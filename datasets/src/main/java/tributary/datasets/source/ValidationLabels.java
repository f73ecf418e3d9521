package tributary.datasets.source;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Where the classes of ILSVRC2012's validation images are told: the development kit as downloaded,
 * or a text with a WordNet id in each line. Sent; it holds a path, not the labels.
 *
 * @param path of the file
 */
record ValidationLabels(String path) implements Serializable {
  private static final String KIT = "ILSVRC2012_devkit_t12.tar.gz";
  private static final String TEXT_ENDING = "validation_synset_labels.txt";
  private static final Pattern ID = Pattern.compile("n\\d{8}");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /** Ten times what the kit has, packed and unpacked. */
  private static final int MAX_BYTES = 1 << 26;

  /**
   * Finds the file, the kit first.
   *
   * @throws MissingDatasetException if there is none
   */
  static ValidationLabels find(Path folder, Configuration hadoop) throws IOException {
    Path kit = new Path(folder, KIT);
    if (SourceFiles.exists(kit, hadoop)) {
      return new ValidationLabels(kit.toString());
    }
    for (Entry entry : SourceFiles.listFiles(folder, hadoop)) {
      if (entry.name().endsWith(TEXT_ENDING)) {
        return new ValidationLabels(entry.path().toString());
      }
    }
    throw new MissingDatasetException(
        Checks.format(
            "No labels of the validation images in %s: expected %s, or *%s with a WordNet id in"
                + " each line; without ILSVRC2012_img_val.tar train is packed alone",
            folder, KIT, TEXT_ENDING));
  }

  /**
   * WordNet ids by the images' numbers, of which the first is 1.
   *
   * @throws DataException if the file is damaged
   */
  List<String> read(Configuration hadoop) throws IOException {
    byte[] file = SourceFiles.readAll(new Path(path), MAX_BYTES, hadoop);
    return path.endsWith(".gz") ? kit(file) : ids(lines(file));
  }

  private List<String> ids(List<String> lines) throws DataException {
    List<String> ids = new ArrayList<>();
    for (String line : lines) {
      ids.add(checked(line, ID, "a WordNet id such as n01440764", ids.size() + 1).intern());
    }
    return ids;
  }

  private List<String> kit(byte[] packed) throws IOException {
    byte[] truth = null;
    Map<Integer, String> ids = null;
    Stretch archive = Stretch.of(path + ", unpacked", unpacked(packed));
    try (TarWalk walk = TarWalk.archive(archive)) {
      for (TarWalk.Member member = walk.next(); member != null; member = walk.next()) {
        if (member.name().endsWith("data/ILSVRC2012_validation_ground_truth.txt")) {
          truth = archive.read(member.offset(), (int) member.bytes());
        } else if (member.name().endsWith("data/meta.mat")) {
          ids = SynsetTable.read(archive.read(member.offset(), (int) member.bytes()), path);
        }
      }
    }
    if (truth == null || ids == null) {
      throw new DataException(
          Checks.format(
              "Bad development kit %s: expected data/ILSVRC2012_validation_ground_truth.txt and"
                  + " data/meta.mat in it, found no %s",
              path, truth == null ? "ground truth" : "meta.mat"));
    }
    List<String> labels = new ArrayList<>();
    for (String line : lines(truth)) {
      int line1 = labels.size() + 1;
      int number = Integer.parseInt(checked(line, NUMBER, "the number of a class", line1));
      if (!ids.containsKey(number)) {
        throw bad(line1, "a class of meta.mat", line);
      }
      labels.add(ids.get(number));
    }
    return labels;
  }

  private byte[] unpacked(byte[] packed) throws IOException {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      byte[] bytes = in.readNBytes(MAX_BYTES);
      if (bytes.length == MAX_BYTES) {
        throw new DataException(
            Checks.format("Bad file %s: it unpacks to more than %d bytes", path, MAX_BYTES));
      }
      return bytes;
    } catch (EOFException | ZipException e) {
      throw new DataException(
          Checks.format("Bad file %s: expected gzip, found a broken one: %s", path, e.getMessage()),
          e);
    }
  }

  private String checked(String line, Pattern pattern, String expected, int number)
      throws DataException {
    if (!pattern.matcher(line).matches()) {
      throw bad(number, expected, line);
    }
    return line;
  }

  private DataException bad(int line, String expected, String found) {
    return new DataException(
        Checks.format(
            "Bad labels in %s: line %d: expected %s, found '%s'", path, line, expected, found));
  }

  private static List<String> lines(byte[] text) {
    return new String(text, StandardCharsets.UTF_8)
        .stripTrailing()
        .lines()
        .map(String::strip)
        .toList();
  }
}

package tributary.datasets.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;
import tributary.datasets.image.MeanImage;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.Text;
import tributary.datasets.shard.TokenCountsFile;
import tributary.datasets.source.PackPlan.PlannedShard;
import tributary.datasets.text.TokenCounter;

/**
 * A dataset's folder while it is packed. What is done when a packing is broken off is noted beside
 * the shards, and the next packing of the same input goes on from there; the manifest, which makes
 * the folder a dataset, comes last.
 */
public final class PackFolder {
  /** Examples that were left out, one JSON object a line. */
  public static final String QUARANTINE = "quarantine.jsonl";

  private static final String NOTES = "_packing";
  private static final String PLAN = "plan.json";

  /** How many bad examples an error tells. */
  private static final int TOLD = 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_NULL).build();

  private final FileSystem fs;
  private final Path directory;

  private PackFolder(FileSystem fs, Path directory) {
    this.fs = fs;
    this.directory = directory;
  }

  /**
   * A folder, made if missing.
   *
   * @throws DataException if it holds a dataset already, or can't be made
   */
  public static PackFolder open(String folder, Configuration hadoop) throws IOException {
    Path directory = new Path(folder);
    FileSystem fs = Storage.fileSystem(directory, hadoop);
    if (fs.exists(new Path(directory, Manifest.FILE_NAME))) {
      throw new DataException(
          "The folder " + folder + " holds a dataset already; remove it or pack to another");
    }
    if (!fs.mkdirs(directory)) {
      throw new DataException(
          "Cannot make the folder " + folder + "; name another with pack --to or train --run");
    }
    return new PackFolder(fs, fs.makeQualified(directory));
  }

  /** The folder, with scheme and whole path. */
  public String uri() {
    return directory.toString();
  }

  /**
   * Begins to pack, or goes on.
   *
   * @param digest of the source's rows
   * @throws DataException if something else was begun here
   */
  public void begin(ExampleSource source, PackPlan plan, long digest, PackSettings settings)
      throws IOException {
    byte[] wanted =
        json(
            new Begun(
                source.task().title(), source.readAs(), Long.toHexString(digest), plan, settings));
    Path file = new Path(new Path(directory, NOTES), PLAN);
    if (!fs.exists(file)) {
      Storage.writeAtomically(fs, file, wanted);
    } else if (!Arrays.equals(Storage.readAll(fs, file), wanted)) {
      throw new DataException(
          "The folder "
              + directory
              + " holds a packing that was broken off, of another input or with other options;"
              + " remove the folder, or pack to another");
    }
  }

  /** What a packing that was broken off has noted of a shard; empty if it is not whole. */
  Optional<PackedShard> done(PlannedShard shard) throws IOException {
    try {
      PackedShard done = MAPPER.readValue(Storage.readAll(fs, note(shard)), PackedShard.class);
      long found = fs.getFileStatus(new Path(directory, shard.name() + ".tar")).getLen();
      boolean whole = !ImageSum.isOf(done) || fs.exists(sumFile(shard)); // older ones have no sums
      return whole && found == done.shard().bytes() ? Optional.of(done) : Optional.empty();
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Notes that a shard's files are whole. */
  void note(PlannedShard shard, PackedShard packed) throws IOException {
    Storage.writeAtomically(fs, note(shard), json(packed));
  }

  /** Notes what was counted in a shard; comes before the note that it is whole. */
  void note(PlannedShard shard, TextTally tally) throws IOException {
    Storage.writeAtomically(fs, tallyFile(shard), json(tally.counts()));
  }

  /** Notes the sums over a shard's images; comes before the note that it is whole. */
  void note(PlannedShard shard, ImageSum sum) throws IOException {
    Storage.writeAtomically(fs, sumFile(shard), sum.toBytes());
  }

  private TextTally.Counts tally(PlannedShard shard) throws IOException {
    return MAPPER.readValue(Storage.readAll(fs, tallyFile(shard)), TextTally.Counts.class);
  }

  /**
   * Makes the folder a dataset.
   *
   * @param packed all shards of the plan, in its order
   * @param counting of the tokens of shards of text
   * @throws DataException if too many examples were bad
   */
  public Manifest finish(
      Task task,
      PackPlan plan,
      PackSettings settings,
      List<PackedShard> packed,
      TokenCounter.Runner counting)
      throws IOException {
    requireFewBad(packed, plan, settings);
    requireSeen(packed);
    if (packed.stream().allMatch(shard -> shard.shard().examples() == 0)) {
      throw new DataException("Every example is bad; the first: " + bad(packed).get(0).describe());
    }
    Optional<MeanImage> mean = meanImage(plan, settings, packed);
    if (mean.isPresent()) {
      Storage.writeAtomically(fs, new Path(directory, Images.MEAN_FILE), mean.get().png());
    }
    Manifest manifest = withLengths(manifest(task, plan, settings, packed, mean), counting);
    List<BadRow> bad = bad(packed);
    if (!bad.isEmpty()) {
      writeQuarantine(bad);
    }
    Storage.writeAtomically(fs, new Path(directory, Manifest.FILE_NAME), manifest.toJson());
    fs.delete(new Path(directory, NOTES), /* recursive= */ true);
    return manifest;
  }

  /** Counts the tokens of all texts, now that there is a vocabulary. */
  private Manifest withLengths(Manifest manifest, TokenCounter.Runner counting) throws IOException {
    if (manifest.text() == null) {
      return manifest;
    }
    TokenCounter counter = new TokenCounter(uri(), manifest.task(), manifest.text().vocabulary());
    Map<String, Text.Lengths> lengths = new TreeMap<>();
    for (Map.Entry<String, List<ShardInfo>> split : manifest.splits().entrySet()) {
      List<int[]> shards = counting.run(counter, split.getValue());
      int[] counts = shards.stream().flatMapToInt(Arrays::stream).toArray();
      byte[] file = TokenCountsFile.encode(counts);
      Storage.writeAtomically(fs, new Path(directory, TokenCountsFile.name(split.getKey())), file);
      long tokens = Arrays.stream(counts).asLongStream().sum();
      lengths.put(split.getKey(), new Text.Lengths(tokens, Sha256.hexOf(file)));
    }
    return new Manifest(
        manifest.task(),
        manifest.classes(),
        manifest.images(),
        manifest.text().with(lengths),
        manifest.splits());
  }

  /**
   * Passes if all shards lie where this process looks for them: executors that do not share the
   * folder's disk each write to their own.
   */
  private void requireSeen(List<PackedShard> packed) throws IOException {
    for (PackedShard each : packed) {
      Path tar = new Path(directory, each.shard().name() + ".tar");
      if (!fs.exists(tar)) {
        throw new DataException(
            Checks.format(
                "The shard %s was packed, but is not to be seen from here: name a folder that the"
                    + " driver and all executors share, such as one of hdfs:",
                tar));
      }
    }
  }

  private Manifest manifest(
      Task task,
      PackPlan plan,
      PackSettings settings,
      List<PackedShard> packed,
      Optional<MeanImage> mean)
      throws IOException {
    Map<String, List<ShardInfo>> splits = new LinkedHashMap<>();
    plan.splits().forEach(split -> splits.put(split, new ArrayList<>()));
    PixelSums sums = PixelSums.none(settings.channels());
    TextTally tally = new TextTally(task, settings.text());
    String measured = PackPlan.measured(plan.splits());
    for (int i = 0; i < packed.size(); i++) {
      PlannedShard planned = plan.shard(i);
      ShardInfo shard = packed.get(i).shard();
      Checks.argument(
          shard.name().equals(planned.name()),
          "expected packed shard %s, got %s",
          planned.name(),
          shard.name());
      splits.get(planned.split()).add(shard);
      if (planned.split().equals(measured)) {
        sums = sums.plus(packed.get(i).sums());
        if (!task.isOfImages()) {
          tally.add(tally(planned));
        }
      }
    }
    return new Manifest(
        task,
        task == Task.TAGGING ? tags(tally, plan.classes()) : plan.classes(),
        task.isOfImages()
            ? new Images(
                settings.channels(),
                sameSize(packed),
                sums.statistics(),
                mean.map(image -> Sha256.hexOf(image.png())).orElse(null))
            : null,
        tally.learn(),
        splits);
  }

  /** The tags that words may have: those that the user names, or those that were seen. */
  private static List<String> tags(TextTally tally, List<String> named) throws DataException {
    List<String> unknown = tally.tags().stream().filter(tag -> !named.contains(tag)).toList();
    if (!named.isEmpty() && !unknown.isEmpty()) {
      throw new DataException(
          Checks.format(
              "Words have the tags %s, which --classes does not name: expected %s",
              unknown, named));
    }
    return named.isEmpty() ? tally.tags() : named;
  }

  /** Of the split that is measured; empty if it holds no images, or some that differ in size. */
  private Optional<MeanImage> meanImage(
      PackPlan plan, PackSettings settings, List<PackedShard> packed) throws IOException {
    Optional<Images.Size> size = sameSize(packed);
    String measured = PackPlan.measured(plan.splits());
    ImageSum sum = new ImageSum();
    int shards = 0;
    for (int i = 0; i < packed.size() && size.isPresent(); i++) {
      PackedShard shard = packed.get(i);
      if (plan.shard(i).split().equals(measured) && !shard.sizes().isEmpty()) {
        if (!ImageSum.isOf(shard)) {
          return Optional.empty();
        }
        sum.add(Storage.readAll(fs, sumFile(plan.shard(i))));
        shards++;
      }
    }
    return shards == 0 ? Optional.empty() : Optional.of(sum.mean(settings.channels(), size.get()));
  }

  private static Optional<Images.Size> sameSize(List<PackedShard> packed) {
    Set<Images.Size> sizes =
        packed.stream().flatMap(shard -> shard.sizes().stream()).collect(Collectors.toSet());
    return sizes.size() == 1 ? Optional.of(sizes.iterator().next()) : Optional.empty();
  }

  /**
   * Passes if no more examples are bad than may be.
   *
   * @param packed shards of the plan, not always all
   * @throws DataException with the reasons of the first
   */
  public static void requireFewBad(List<PackedShard> packed, PackPlan plan, PackSettings settings)
      throws DataException {
    List<BadRow> bad = bad(packed);
    long all = plan.examples().stream().mapToLong(Long::longValue).sum();
    if (bad.size() > settings.maxBadFraction() * all && !bad.isEmpty()) {
      throw new DataException(
          Checks.format(
              "At least %d of %d examples are bad, more than the share of %s that may be"
                  + " (--max-bad-fraction):%n%s",
              bad.size(),
              all,
              settings.maxBadFraction(),
              bad.stream()
                  .limit(TOLD)
                  .map(row -> "  " + row.describe())
                  .collect(Collectors.joining(System.lineSeparator()))));
    }
  }

  private static List<BadRow> bad(List<PackedShard> packed) {
    return packed.stream().flatMap(shard -> shard.bad().stream()).toList();
  }

  private void writeQuarantine(List<BadRow> bad) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (BadRow row : bad) {
      lines.append(new String(json(row), StandardCharsets.UTF_8)).append('\n');
    }
    Storage.writeAtomically(
        fs, new Path(directory, QUARANTINE), lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Path note(PlannedShard shard) {
    return new Path(new Path(directory, NOTES), shard.name() + ".json");
  }

  private Path tallyFile(PlannedShard shard) {
    return new Path(new Path(directory, NOTES), shard.name() + ".tokens.json");
  }

  private Path sumFile(PlannedShard shard) {
    return new Path(new Path(directory, NOTES), shard.name() + ".images");
  }

  private static byte[] json(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of strings and numbers are always JSON", e);
    }
  }

  /** What names a packing. */
  private record Begun(
      String task, String readAs, String rows, PackPlan plan, PackSettings settings) {}
}

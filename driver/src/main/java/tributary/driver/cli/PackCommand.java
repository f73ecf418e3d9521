package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tributary.datasets.Checks;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenTable;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.RowSummary;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.datasets.source.TextOptions;
import tributary.datasets.text.Vocabulary;
import tributary.driver.pack.PackJob;
import tributary.driver.pack.PackProgress;
import tributary.driver.report.Progress.Terminal;
import tributary.driver.spark.SparkContexts;

/** Turns foreign files into shards. */
@Command(
    name = "pack",
    description =
        "Packs examples into shards: tar files that any program reads, with an index and a"
            + " manifest. A packing that is broken off goes on when it is called again.",
    mixinStandardHelpOptions = true)
final class PackCommand implements Callable<Integer> {
  /** Examples of a shard if nobody says otherwise. */
  static final int SHARD_SIZE = 5_000;

  /** Quality of JPEGs that are made smaller if nobody says otherwise. */
  static final int JPEG_QUALITY = 90;

  private static final Pattern SPLIT_AND_PATH = Pattern.compile("([a-z][a-z0-9_]*)=(.+)");

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FORMAT",
      completionCandidates = Formats.class,
      converter = Formats.class,
      description = "The format of the input, one of: ${COMPLETION-CANDIDATES}.")
  private SourceFormat from;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "[SPLIT=]PATH",
      description =
          "File or folder of the input; with SPLIT= (train, validation, test) and repeated, where"
              + " each split is one of its own.")
  private List<String> inputs;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "Folder of the dataset; made if missing.")
  private String to;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "NAME",
      description =
          "Names of the classes, in label order; without it those of the input, sorted, or numbers"
              + " where it has no names.")
  private List<String> classes = List.of();

  @Option(
      names = "--shard-size",
      defaultValue = "" + SHARD_SIZE,
      paramLabel = "N",
      description = "Examples per shard (default ${DEFAULT-VALUE}).")
  private int shardSize;

  @Option(
      names = "--validation-share",
      defaultValue = "0",
      paramLabel = "X",
      description =
          "Share of the split train that becomes the split validation, by a hash of each example's"
              + " name: the same examples however many there are (default ${DEFAULT-VALUE}).")
  private double validationShare;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "1: images are grey; 3: colour (default: as the format has them).")
  private Optional<Integer> channels = Optional.empty();

  @Option(
      names = "--short-side",
      defaultValue = "0",
      paramLabel = "N",
      description =
          "Make images smaller whose shorter side has more pixels; 0 packs all as they are (default"
              + " ${DEFAULT-VALUE}).")
  private int shortSide;

  @Option(
      names = "--jpeg-quality",
      defaultValue = "" + JPEG_QUALITY,
      paramLabel = "N",
      description = "Quality of JPEGs made smaller, 1 to 100 (default ${DEFAULT-VALUE}).")
  private int jpegQuality;

  @Mixin private TextMixin ofText;

  @Option(
      names = "--image-column",
      defaultValue = TextOptions.IMAGE_COLUMN,
      paramLabel = "COLUMN",
      description =
          "Of a table of image-captions: the column of the images' paths, which start at the table's"
              + " folder; --text-column is that of the captions (default ${DEFAULT-VALUE}).")
  private String imageColumn;

  /** What to do with a bad example. */
  enum OnBadExample {
    fail,
    skip
  }

  @Option(
      names = "--on-bad-example",
      defaultValue = "fail",
      paramLabel = "fail|skip",
      description =
          "fail ends the packing; skip leaves the example out and lists it in quarantine.jsonl"
              + " (default ${DEFAULT-VALUE}).")
  private OnBadExample onBadExample;

  @Option(
      names = "--max-bad-fraction",
      defaultValue = "0.01",
      paramLabel = "X",
      description =
          "Of --on-bad-example skip: a larger share of bad examples ends the packing all the same"
              + " (default ${DEFAULT-VALUE}).")
  private double maxBadFraction;

  @Option(
      names = "--dry-run",
      description = "Only tell what there is and what would be packed; write nothing.")
  private boolean dryRun;

  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    PackSettings settings = settings();
    if (to == null && !dryRun) {
      throw usage("--to: name the folder of the dataset, or ask for a --dry-run");
    }
    if (Set.copyOf(classes).size() < classes.size()) {
      throw usage("--classes: expected names that differ, found " + classes);
    }
    require(!imageColumn.isEmpty(), "--image-column: expected a column");
    long began = System.nanoTime();
    ExampleSource source =
        from.open(
            new SourceOptions(
                inputs.stream().map(PackCommand::input).toList(),
                classes,
                ofText.options(spec).withImageColumn(imageColumn)),
            SparkContexts.hadoop());
    require(
        settings.text().fits(source.task()),
        source.task() == Task.TAGGING
            ? "--vocabulary: expected words or forms, as each has a tag, found "
                + ofText.namedVocabulary()
            : "--vocabulary: forms are for classes and tags alone, as nothing can be written in"
                + " them; expected words, characters or bpe");
    try (JavaSparkContext spark = SparkContexts.create("pack", 1);
        PackJob job = new PackJob(spark, source, settings)) {
      if (dryRun) {
        print(job.plan(), job.summary());
      } else {
        PackProgress progress = new PackProgress(System.err, Terminal.detect() == Terminal.YES);
        print(job.pack(to, progress), (System.nanoTime() - began) / 1e9);
      }
    }
    return ExitCode.OK;
  }

  private PackSettings settings() {
    require(shardSize >= 1, "--shard-size: expected a whole number >= 1, found " + shardSize);
    require(
        validationShare >= 0 && validationShare < 1,
        "--validation-share: expected a number >= 0 and < 1, found " + validationShare);
    require(
        channels.stream().allMatch(n -> n == 1 || n == 3),
        "--channels: expected 1 or 3, found " + channels.orElse(0));
    require(shortSide >= 0, "--short-side: expected a whole number >= 0, found " + shortSide);
    require(
        jpegQuality >= 1 && jpegQuality <= 100,
        "--jpeg-quality: expected a whole number in 1..100, found " + jpegQuality);
    require(
        maxBadFraction >= 0 && maxBadFraction <= 1,
        "--max-bad-fraction: expected a number in 0..1, found " + maxBadFraction);
    return new PackSettings(
        shardSize,
        validationShare,
        channels.orElse(from.channels()),
        shortSide,
        jpegQuality,
        onBadExample == OnBadExample.skip ? maxBadFraction : -1,
        ofText.settings(spec));
  }

  private void require(boolean ok, String message) {
    if (!ok) {
      throw usage(message);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static SourceOptions.Input input(String text) {
    Matcher named = SPLIT_AND_PATH.matcher(text);
    return named.matches()
        ? new SourceOptions.Input(Optional.of(named.group(1)), named.group(2))
        : new SourceOptions.Input(Optional.empty(), text);
  }

  private void print(Manifest manifest, double seconds) throws IOException {
    StringBuilder text = new StringBuilder("Packed " + to);
    ObjectNode json = Output.object().put("data", to).put("seconds", seconds);
    for (String split : manifest.splits().keySet()) {
      long examples = manifest.examples(split);
      int shards = manifest.shards(split).size();
      text.append(Checks.format("%n  %s: %d examples in %d shards", split, examples, shards));
      json.withObject("/splits").putObject(split).put("examples", examples).put("shards", shards);
    }
    if (manifest.text() != null) {
      print("vocabulary", manifest.text().vocabulary(), text, json);
    }
    if (manifest.text() != null && manifest.text().target() != null) {
      print("target vocabulary", manifest.text().target(), text, json);
    }
    output.print(text.toString(), json);
  }

  private static void print(
      String name, TokenTable vocabulary, StringBuilder text, ObjectNode json) {
    int size = new Vocabulary(vocabulary).size();
    text.append(Checks.format("%n  %s: %s, %d numbers", name, vocabulary.kind(), size));
    json.putObject(name.replace(' ', '-')).put("kind", vocabulary.kind().title()).put("size", size);
  }

  private void print(PackPlan plan, RowSummary summary) {
    StringBuilder text =
        new StringBuilder(
            Checks.format(
                "Would pack %d shards for %s; %d classes",
                plan.shards(), from, plan.classes().size()));
    ObjectNode json = Output.object().put("shards", plan.shards());
    plan.classes().forEach(json.putArray("classes")::add);
    for (String split : plan.splits()) {
      text.append(
          Checks.format(
              "%n  %s: %d examples, %.1f MB",
              split, summary.examples(split), summary.bytes(split) / 1e6));
      ObjectNode counts =
          json.withObject("/splits")
              .putObject(split)
              .put("examples", summary.examples(split))
              .put("bytes", summary.bytes(split))
              .putObject("classes");
      summary
          .classes(split)
          .forEach(
              (name, count) -> {
                text.append(Checks.format("%n    %s: %d", name, count));
                counts.put(name, count);
              });
    }
    output.print(text.toString(), json);
  }

  /** The formats by their titles. Made by picocli. */
  static final class Formats implements Iterable<String>, ITypeConverter<SourceFormat> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(SourceFormat.values())
          .map(format -> format.title() + " (" + format.description() + ")")
          .iterator();
    }

    @Override
    public SourceFormat convert(String title) {
      return SourceFormat.of(title)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      Checks.format(
                          "expected one of %s, found '%s'",
                          Arrays.toString(SourceFormat.values()), title)));
    }
  }
}

package tributary.driver.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.features.FeatureTable;
import tributary.driver.features.Gallery;
import tributary.driver.features.Hit;
import tributary.driver.features.Measure;
import tributary.driver.features.Neighbours;
import tributary.driver.features.QueryImage;
import tributary.driver.run.SavedRun;
import tributary.driver.spark.SparkContexts;

/** Finds what is near to something in a table of features. */
@Command(
    name = "search",
    description =
        "Finds the nearest neighbours of an image, of an example or of a vector in a table that"
            + " extract has made: exactly, by measuring every row. Equally near ones come by key.",
    mixinStandardHelpOptions = true)
final class SearchCommand implements Callable<Integer> {
  /** Neighbours: all of them are held in memory, and printed. */
  private static final int MOST = 100_000;

  @Spec private CommandSpec spec;
  @Mixin private Output output;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "DIR",
      description = "The table: what extract --to named.")
  private String table;

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      description = "With --image: the run or checkpoint that the table was extracted by.")
  private String run;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "With --image: a setting that extract was given, too; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The packed dataset of the table, if it is no longer where it was.")
  private String data;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = "The split to search in; may be repeated. Default: all that the table has.")
  private List<String> splits = new ArrayList<>();

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description = "The layer whose vectors are compared, where the table has those of several.")
  private String layer;

  @Option(
      names = "--top",
      defaultValue = "10",
      paramLabel = "K",
      description = "How many neighbours are wanted (default ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--measure",
      defaultValue = "cosine",
      paramLabel = "cosine|euclidean",
      description = "What is near (default ${DEFAULT-VALUE}).")
  private Measure measure;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page with the pictures or texts, too.")
  private Path html;

  /** What neighbours are wanted of. */
  static final class Subject {
    @Option(
        names = "--key",
        paramLabel = "KEY",
        description = "An example of the table, which is then no neighbour of its own.")
    private String key;

    @Option(names = "--image", paramLabel = "FILE", description = "A PNG or JPEG.")
    private Path image;

    @Option(
        names = "--vector",
        paramLabel = "FILE",
        description = "A file with a JSON array of numbers.")
    private Path vector;
  }

  /** The vector that is compared, and whose it is: of the table's, a hit; of a file, its bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Query(String name, float[] vector, Hit hit, byte[] image) {}

  @Override
  public Integer call() throws Exception {
    if (top < 1 || top > MOST) {
      throw usage(
          Checks.format("--top: expected a whole number from 1 to %d, found %d", MOST, top));
    }
    if ((subject.image == null) != (run == null)) {
      throw usage("--image FILE and --run RUN belong together");
    }
    Configuration hadoop = SparkContexts.hadoop();
    FeatureTable features = FeatureTable.open(table, hadoop);
    String column = features.column(layer);
    List<String> wanted = splits.isEmpty() ? features.splits() : splits;
    try (JavaSparkContext spark = SparkContexts.create("search", oneThread())) {
      SparkSession session = SparkSession.builder().sparkContext(spark.sc()).getOrCreate();
      Neighbours neighbours = new Neighbours(session, features, column, wanted);
      Query query = query(features, neighbours, hadoop);
      List<Hit> hits = hits(neighbours, query);
      print(query, hits, features, hadoop);
    }
    return ExitCode.OK;
  }

  /** Of a task: it measures row by row. What the query's image is computed with is another's. */
  private Settings oneThread() {
    return Settings.of(List.of(), overrides).with(Key.ENGINE_THREADS, 1, "search");
  }

  private Query query(FeatureTable features, Neighbours neighbours, Configuration hadoop)
      throws IOException {
    if (subject.key != null) {
      Neighbours.Found found = neighbours.find(subject.key);
      return new Query(subject.key, found.vector(), found.hit(), null);
    } else if (subject.vector != null) {
      return new Query(subject.vector.toString(), vector(), null, null);
    }
    byte[] image = Files.readAllBytes(subject.image);
    SavedRun saved = SavedRun.open(run, hadoop);
    Settings settings = Settings.of(List.of(saved.folder().settings()), overrides);
    try (Dataset dataset = dataset(features, hadoop)) {
      List<float[]> vectors =
          QueryImage.vectors(image, features, dataset, settings, saved.checkpoint());
      int index = layer == null ? 0 : features.features().layers().indexOf(layer);
      return new Query(subject.image.toString(), vectors.get(index), null, image);
    }
  }

  private float[] vector() throws IOException {
    try {
      float[] vector =
          new ObjectMapper().readValue(Files.readAllBytes(subject.vector), float[].class);
      if (vector == null) {
        throw usage(
            Checks.format(
                "--vector %s: expected a JSON array of numbers, found null", subject.vector));
      }
      return vector;
    } catch (JsonProcessingException e) {
      throw new ParameterException(
          spec.commandLine(),
          Checks.format(
              "--vector %s: expected a JSON array of numbers: %s",
              subject.vector, e.getOriginalMessage()),
          e);
    }
  }

  /** Of an example of the table one more is asked for, as it is its own nearest. */
  private List<Hit> hits(Neighbours neighbours, Query query) throws IOException {
    int count = query.hit() == null ? top : top + 1;
    List<Hit> hits = neighbours.of(List.of(query.vector()), count, measure).get(0);
    return hits.stream().filter(hit -> !isQuery(hit, query.hit())).limit(top).toList();
  }

  private static boolean isQuery(Hit hit, Hit query) {
    return query != null
        && hit.split().equals(query.split())
        && hit.shard().equals(query.shard())
        && hit.row() == query.row();
  }

  private void print(Query query, List<Hit> hits, FeatureTable features, Configuration hadoop)
      throws IOException {
    if (html != null) {
      try (Dataset dataset = dataset(features, hadoop)) {
        Files.writeString(html, page(query, hits, dataset));
      }
    }
    output.print(text(hits), json(query, hits));
  }

  private String text(List<Hit> hits) {
    StringBuilder text = new StringBuilder(Checks.format("%4s %12s  label  key", "", word()));
    for (int i = 0; i < hits.size(); i++) {
      Hit hit = hits.get(i);
      text.append(
          Checks.format(
              "%n%4d %12.6f  %5s  %s/%s", i + 1, hit.value(), label(hit), hit.split(), hit.key()));
    }
    if (html != null) {
      text.append(Checks.format("%npage %s", html));
    }
    return text.toString();
  }

  private ObjectNode json(Query query, List<Hit> hits) {
    ObjectNode json = Output.object().put("query", query.name()).put("measure", word());
    ArrayNode neighbours = json.putArray("neighbours");
    for (Hit hit : hits) {
      neighbours
          .addObject()
          .put("split", hit.split())
          .put("key", hit.key())
          .put("label", hit.label() < 0 ? null : hit.label())
          .put(word(), hit.value());
    }
    return html == null ? json : json.put("html", html.toString());
  }

  private String page(Query query, List<Hit> hits, Dataset dataset) throws IOException {
    Gallery page = new Gallery("Neighbours of " + query.name(), dataset);
    if (query.hit() != null) {
      page.with(query.hit(), caption(query.hit(), dataset));
    } else if (query.image() != null) {
      page.with(query.image(), query.name());
    }
    page.heading(Checks.format("The %d nearest (%s)", hits.size(), word()));
    for (Hit hit : hits) {
      page.with(hit, Checks.format("%.4f %s", hit.value(), caption(hit, dataset)));
    }
    return page.html();
  }

  private static String caption(Hit hit, Dataset dataset) {
    List<String> classes = dataset.manifest().classes();
    String name = hit.label() >= 0 && hit.label() < classes.size() ? classes.get(hit.label()) : "";
    return Checks.format("%s/%s %s", hit.split(), hit.key(), name).strip();
  }

  private static String label(Hit hit) {
    return hit.label() < 0 ? "" : Integer.toString(hit.label());
  }

  private String word() {
    return measure.name().toLowerCase(java.util.Locale.ROOT);
  }

  private Dataset dataset(FeatureTable features, Configuration hadoop) throws IOException {
    return Dataset.open(data == null ? features.data() : data, hadoop);
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

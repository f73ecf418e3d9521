package tributary.driver.pack;

import static java.time.ZoneOffset.UTC;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.InputFingerprint;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;

/**
 * Files that are packed when they are trained on, and kept packed for the next time: {@code
 * .packed/NAME-FINGERPRINT} beside run folders, where NAME is that of the files' folder. Driver
 * only.
 */
public final class PackCache {
  /** The folder of all packed datasets, beside those of runs. */
  public static final String FOLDER = ".packed";

  /** Digits of a fingerprint that tell two inputs of one name apart. */
  private static final int DIGITS = 16;

  private final Path directory;
  private final FileSystem fs;

  private PackCache(Path directory, FileSystem fs) {
    this.directory = directory;
    this.fs = fs;
  }

  /**
   * The cache beside run folders.
   *
   * @param runs the folder that run folders lie in; made when something is packed
   */
  public static PackCache in(Path runs, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(runs, hadoop);
    return new PackCache(fs.makeQualified(new Path(runs, FOLDER)), fs);
  }

  /**
   * Where files are packed to, as they are now: a place of its own for every other content.
   *
   * @param input the one file or folder of {@code options}
   * @throws DataException if the files cannot be listed
   */
  public Place place(Path input, SourceFormat format, SourceOptions options, PackSettings settings)
      throws IOException {
    String fingerprint = InputFingerprint.of(format, options, settings, fs.getConf());
    String name = input.getName().replaceAll("[^A-Za-z0-9._-]", "_");
    return new Place(new Path(directory, name + "-" + fingerprint.substring(0, DIGITS)), settings);
  }

  /** The packed dataset of some files, made or not. */
  public final class Place {
    private final Path folder;
    private final PackSettings settings;

    private Place(Path folder, PackSettings settings) {
      this.folder = folder;
      this.settings = settings;
    }

    /** Its folder, with scheme and whole path. */
    public String uri() {
      return folder.toString();
    }

    /** What else is packed beside it, in words; empty if nothing is. Nothing is ever deleted. */
    public Optional<String> others() throws IOException {
      if (!fs.exists(directory)) {
        return Optional.empty();
      }
      int count = 0;
      long bytes = 0;
      long oldest = Long.MAX_VALUE;
      for (FileStatus other : fs.listStatus(directory)) {
        if (!other.getPath().getName().equals(folder.getName())) {
          count++;
          bytes += fs.getContentSummary(other.getPath()).getLength();
          oldest = Math.min(oldest, other.getModificationTime());
        }
      }
      return count == 0
          ? Optional.empty()
          : Optional.of(
              Checks.format(
                  "%s also holds %d of what was packed before, %.1f MB, the oldest of %tF: delete"
                      + " what no run needs",
                  directory, count, bytes / 1e6, Instant.ofEpochMilli(oldest).atOffset(UTC)));
    }

    /** What is packed there; empty if nothing is, or not all yet. */
    public Optional<Manifest> manifest() throws IOException {
      if (!fs.exists(new Path(folder, Manifest.FILE_NAME))) {
        return Optional.empty();
      }
      try (Dataset dataset = Dataset.open(uri(), fs.getConf())) {
        return Optional.of(dataset.manifest());
      }
    }

    /**
     * Packs the files, or goes on where a packing of them was broken off.
     *
     * @param source of the files
     * @param spark asked once
     * @param progress told of each shard
     * @throws DataException if examples are bad, or a split would have none
     */
    public Manifest pack(
        ExampleSource source, Supplier<JavaSparkContext> spark, PackProgress progress)
        throws IOException {
      try (PackJob job = new PackJob(spark.get(), source, settings)) {
        requireExamples(job.plan());
        return job.pack(uri(), progress);
      } catch (DataException e) {
        // Another run may have packed the same files meanwhile.
        Optional<Manifest> made = manifest();
        if (made.isPresent()) {
          return made.get();
        }
        throw e;
      }
    }

    /** A share of few examples may be none of them. */
    private void requireExamples(PackPlan plan) throws DataException {
      for (int split = 0; split < plan.splits().size(); split++) {
        if (plan.examples().get(split) == 0) {
          throw new DataException(
              Checks.format(
                  "Split %s would have no example: a share of %s for validation divides %d examples"
                      + " into %s; name another with --validation-share",
                  plan.splits().get(split),
                  settings.validationShare(),
                  plan.examples().stream().mapToLong(Long::longValue).sum(),
                  plan.examples()));
        }
      }
    }
  }
}

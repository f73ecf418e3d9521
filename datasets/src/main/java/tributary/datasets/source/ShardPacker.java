package tributary.datasets.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Image;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.ShardWriter;
import tributary.datasets.source.PackPlan.PlannedShard;
import tributary.datasets.source.Preparation.Prepared;

/**
 * Writes shards of a source. Sent.
 *
 * @param source of the rows
 * @param classes in label order
 * @param settings of the packing
 * @param folder of the dataset, made if missing
 */
public record ShardPacker(
    ExampleSource source, List<String> classes, PackSettings settings, String folder)
    implements Serializable {
  public ShardPacker {
    classes = List.copyOf(classes);
  }

  /**
   * Packs one shard, unless a packing that was broken off has done so already.
   *
   * <p>A pure function of its arguments: run twice, or by twins at once, it leaves the same files.
   * Every image is decoded as training will, so what cannot be decoded is never packed.
   *
   * @param rows of the shard in order
   * @throws DataException if an example is bad, and none may be
   */
  public PackedShard pack(PlannedShard shard, Iterator<Row> rows, Configuration hadoop)
      throws IOException {
    try (RowReader reader = source.open(hadoop)) {
      return pack(shard, rows, reader, hadoop);
    }
  }

  /**
   * The same of examples that come in another way than from the source's parts.
   *
   * @param reader of the rows, asked for each once it is taken from {@code rows}; the caller closes
   *     it
   */
  public PackedShard pack(
      PlannedShard shard, Iterator<Row> rows, RowReader reader, Configuration hadoop)
      throws IOException {
    PackFolder notes = PackFolder.open(folder, hadoop);
    Optional<PackedShard> done = notes.done(shard);
    if (done.isPresent()) {
      return done.get();
    }
    TextTally tally = new TextTally(source.task(), settings.text());
    ImageSum sum = new ImageSum();
    PackedShard packed = write(shard, rows, reader, tally, sum, hadoop);
    if (!source.task().isOfImages()) {
      notes.note(shard, tally);
    }
    if (ImageSum.isOf(packed)) {
      notes.note(shard, sum);
    }
    notes.note(shard, packed);
    return packed;
  }

  private PackedShard write(
      PlannedShard shard,
      Iterator<Row> rows,
      RowReader reader,
      TextTally tally,
      ImageSum sum,
      Configuration hadoop)
      throws IOException {
    Path directory = new Path(folder);
    FileSystem fs = Storage.fileSystem(directory, hadoop);
    Preparation preparation = new Preparation(settings);
    PixelSums sums = PixelSums.none(settings.channels());
    List<Images.Size> sizes = new ArrayList<>();
    List<BadRow> bad = new ArrayList<>();
    try (ShardWriter writer = new ShardWriter(fs, directory, shard.name())) {
      for (long number = shard.first(); rows.hasNext(); number++) {
        Row row = rows.next();
        Part part = source.parts().get(row.part());
        try {
          SortedMap<String, byte[]> fields = reader.read(part, row);
          int label = label(row);
          Prepared prepared =
              preparation.prepare(Checks.format("%07d", number), fields, row.name(), label);
          writer.add(prepared.example(), label);
          tally.add(prepared.example().fields());
          if (prepared.image() != null) {
            sums = sums.plus(PixelSums.of(prepared.image()));
            sum.add(prepared.image());
            note(prepared.image(), sizes);
          }
        } catch (BadExampleException | BadImageException e) {
          leaveOut(
              new BadRow(shard.split(), part.path(), row.name(), row.offset(), e.getMessage()),
              bad);
        }
      }
      return new PackedShard(writer.finish(), sums, sizes, bad);
    } catch (FileNotFoundException e) {
      throw new DataException(
          Checks.format(
              "Cannot read %s as user %s any more; pack again when it is back",
              e.getMessage(), System.getProperty("user.name")),
          e);
    }
  }

  private void leaveOut(BadRow row, List<BadRow> bad) throws DataException {
    if (!settings.skipsBad()) {
      throw new DataException(
          "Bad example "
              + row.describe()
              + "; pack --on-bad-example skip (train: input.on-bad-example: skip) leaves such out and"
              + " lists them in quarantine.jsonl");
    }
    bad.add(row);
  }

  /** Class index, or -1 where examples have none. */
  private int label(Row row) throws BadExampleException {
    if (!source.task().isClassified()) {
      return -1;
    }
    int label = row.className() == null ? -1 : classes.indexOf(row.className());
    if (label < 0) {
      throw new BadExampleException(
          Checks.format("class: expected one of %s, found %s", classes, row.className()));
    }
    return label;
  }

  /** Two are enough to know that sizes differ. */
  private static void note(Image image, List<Images.Size> sizes) {
    Images.Size size = new Images.Size(image.height(), image.width());
    if (sizes.size() < 2 && !sizes.contains(size)) {
      sizes.add(size);
    }
  }
}

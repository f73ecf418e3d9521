package tributary.datasets.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.PackFolder;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackPlan.PlannedShard;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.PackedShard;
import tributary.datasets.source.Part;
import tributary.datasets.source.Placer;
import tributary.datasets.source.Row;
import tributary.datasets.source.RowSummary;
import tributary.datasets.source.Rows;
import tributary.datasets.source.ShardPacker;
import tributary.datasets.text.TokenCounter;

/** Packs in this process and in memory what the real job packs on a cluster. */
public final class LocalPack {
  private static final Configuration CONF = new Configuration();

  private LocalPack() {}

  /** Packs a source, one shard after the other. */
  public static Manifest pack(ExampleSource source, PackSettings settings, Path folder)
      throws IOException {
    Placer placer = Placer.of(source, settings);
    List<Row> rows = rows(source);
    rows.sort(Comparator.comparing(placer::place));
    RowSummary summary = new RowSummary();
    rows.forEach(row -> summary.add(placer.split(row), row));
    PackPlan plan = PackPlan.of(placer, summary);
    PackFolder made = PackFolder.open(folder.toUri().toString(), CONF);
    made.begin(source, plan, summary.digest(), settings);
    ShardPacker packer = new ShardPacker(source, plan.classes(), settings, made.uri());
    List<PackedShard> packed = new ArrayList<>();
    int from = 0;
    for (PlannedShard shard : plan.allShards()) {
      int to = from + shard.examples();
      packed.add(packer.pack(shard, rows.subList(from, to).iterator(), CONF));
      from = to;
    }
    return made.finish(source.task(), plan, settings, packed, LocalPack::count);
  }

  /** Counts the tokens of shards, one after the other. */
  public static List<int[]> count(TokenCounter counter, List<ShardInfo> shards) throws IOException {
    List<int[]> counts = new ArrayList<>();
    for (ShardInfo shard : shards) {
      counts.add(counter.count(shard, CONF));
    }
    return counts;
  }

  /** All rows of a source, in the order that it lists them. */
  public static List<Row> rows(ExampleSource source) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int part = 0; part < source.parts().size(); part++) {
      list(source, part, rows);
    }
    return rows;
  }

  private static void list(ExampleSource source, int number, List<Row> rows) throws IOException {
    Part part = source.parts().get(number);
    int first = rows.size();
    try (Rows listed = source.list(part, CONF)) {
      for (Row row = listed.next(); row != null; row = listed.next()) {
        rows.add(row.at(number, rows.size() - first));
      }
    }
  }
}

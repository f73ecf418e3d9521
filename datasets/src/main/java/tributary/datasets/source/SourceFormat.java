package tributary.datasets.source;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.DataException;
import tributary.datasets.shard.Task;

/** Foreign formats that can be packed. */
public enum SourceFormat {
  /** Grey images in the four files of the MNIST database. */
  IDX("idx", "MNIST's four files, plain or gzip", 1),
  /** Images in folders named after their classes. */
  IMAGE_FOLDER("image-folder", "folders of images, one for each class", 3),
  /** ILSVRC2012's archives as they are downloaded. */
  IMAGENET("imagenet", "ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and labels", 3),
  /** The binary version of CIFAR-10. */
  CIFAR_10("cifar10", "the files of CIFAR-10's binary version", 3),
  /** The binary version of CIFAR-100, with its 100 classes. */
  CIFAR_100("cifar100", "the files of CIFAR-100's binary version", 3),
  /** Tars of files that share names. */
  WEBDATASET("webdataset", "tars of images with .cls or .txt beside them", 3),
  /** Images with texts that describe them. */
  IMAGE_CAPTIONS(
      "image-captions", "images with a text of the same name beside each, or a table of both", 3),
  /** Images with a class for each pixel. */
  IMAGE_MASKS("image-masks", "folders images and masks, with the same names in both", 3),
  /** Images with boxes. */
  PASCAL_VOC("pascal-voc", "JPEGImages, Annotations and ImageSets/Main", 3),
  /** A table with a document a row. */
  CSV("csv", "a table: a document and its class a row", 1),
  /** A table with tabs and no quotes. */
  TSV("tsv", "the same with tabs and without quotes", 1),
  /** A JSON object a line. */
  JSONL("jsonl", "a JSON object a line: a document and its class", 1),
  /** A document a file, in a folder for each class. */
  TEXT_FOLDER("text-folder", "a document a file, a folder a class", 1),
  /** Sentences with a tag for each word. */
  TAGGED("tagged", "a sentence a line, word/tag", 1),
  /** Sentences of Universal Dependencies. */
  CONLLU("conllu", "sentences of Universal Dependencies, with their UPOS tags", 1),
  /** A pair of texts a line. */
  PAIRS("pairs", "a text, a tab and what it becomes a line", 1),
  /** Documents for language models, a line each. */
  LINES("lines", "a document a line, without classes", 1),
  /** Documents for language models, a file each. */
  DOCUMENTS("documents", "a document a file, without classes", 1);

  private final String title;
  private final String description;
  private final int channels;

  SourceFormat(String title, String description, int channels) {
    this.title = title;
    this.description = description;
    this.channels = channels;
  }

  /** How the user writes it. */
  public String title() {
    return title;
  }

  /** What it is, in a few words. */
  public String description() {
    return description;
  }

  /** Channels that its images have if nobody says otherwise: 1 or 3. */
  public int channels() {
    return channels;
  }

  /** The format of that title, if there is one. */
  public static Optional<SourceFormat> of(String title) {
    return Arrays.stream(values()).filter(format -> format.title.equals(title)).findFirst();
  }

  /**
   * The format of files whose owner does not say: a table of texts by its file's ending ({@code
   * .csv}, {@code .tsv}, {@code .tab}, {@code .jsonl}, {@code .ndjson}, each perhaps with {@code
   * .gz}), or folders of classes, with or without folders of splits around them, by the first file
   * in there.
   *
   * @param path URI
   * @return empty if there is nothing, a packed dataset, or something else
   * @throws DataException if this user must not look
   */
  public static Optional<SourceFormat> recognized(String path, Configuration hadoop)
      throws IOException {
    return Recognition.of(new Path(path), hadoop);
  }

  /** Whether its examples are texts alone, without images. */
  public boolean isOfText() {
    return switch (this) {
      case CSV, TSV, JSONL, TEXT_FOLDER, TAGGED, CONLLU, PAIRS, LINES, DOCUMENTS -> true;
      default -> false;
    };
  }

  /**
   * Finds the files of a dataset in this format and looks into them as far as a driver should.
   *
   * @throws tributary.datasets.shard.MissingDatasetException if a file is missing
   * @throws tributary.datasets.DataException if a file is not what the format expects
   */
  public ExampleSource open(SourceOptions named, Configuration hadoop) throws IOException {
    SourceOptions options = named.qualified(hadoop);
    return switch (this) {
      case IDX -> IdxSource.open(options, hadoop);
      case IMAGE_FOLDER -> ImageFolderSource.open(options, hadoop);
      case IMAGENET -> ImageNetSource.open(options, hadoop);
      case CIFAR_10 -> CifarSource.open(CifarSource.Kind.CIFAR_10, options, hadoop);
      case CIFAR_100 -> CifarSource.open(CifarSource.Kind.CIFAR_100, options, hadoop);
      case WEBDATASET -> WebDatasetSource.open(options, hadoop);
      case IMAGE_CAPTIONS ->
          CaptionTableSource.isNamed(options, hadoop)
              ? CaptionTableSource.open(options, hadoop)
              : CompanionSource.open(CompanionSource.Kind.CAPTIONS, options, hadoop);
      case IMAGE_MASKS -> CompanionSource.open(CompanionSource.Kind.MASKS, options, hadoop);
      case PASCAL_VOC -> CompanionSource.open(CompanionSource.Kind.BOXES, options, hadoop);
      case TEXT_FOLDER -> DocumentSource.ofClasses(options, hadoop);
      case DOCUMENTS -> DocumentSource.ofFiles(options, hadoop);
      case CSV, TSV, JSONL, TAGGED, CONLLU, PAIRS, LINES ->
          RecordSource.open(records(options.text()), options, hadoop);
    };
  }

  /** The format of those that hold many texts a file. */
  private RecordFormat records(TextOptions options) throws DataException {
    return switch (this) {
      case CSV, TSV, JSONL -> rows(options.taskOfDocuments(), options);
      case TAGGED -> new TaggedFormat(options);
      case CONLLU -> new ConlluFormat(options);
      case PAIRS -> new PairsFormat(options, options.delimiterOr("\t"));
      case LINES -> new PlainLinesFormat(options);
      default -> throw new IllegalStateException(this + " has no records");
    };
  }

  /** The format of tables whose rows are for a task. */
  RecordFormat rows(Task task, TextOptions options) throws DataException {
    return switch (this) {
      case CSV -> DelimitedFormat.of(task, options, ",", /* quotes= */ true);
      case TSV -> DelimitedFormat.of(task, options, "\t", /* quotes= */ false);
      case JSONL -> new JsonLinesFormat(task, options);
      default -> throw new IllegalStateException(this + " is no table");
    };
  }

  @Override
  public String toString() {
    return title;
  }
}

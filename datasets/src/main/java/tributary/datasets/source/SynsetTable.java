package tributary.datasets.source;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * The classes of ILSVRC2012's development kit: {@code meta.mat}, a MATLAB file whose struct array
 * {@code synsets} has, among others, the fields {@code ILSVRC2012_ID} (1 to 1000 for the classes
 * that images have) and {@code WNID}.
 *
 * <p>Of the format, MATLAB's level 5, what this needs is:
 *
 * <pre>
 * file     126 bytes of text and version, "IM" (little-endian) or "MI", elements
 * element  int type, int size, data, padded to 8 bytes; or, if the size is at most 4,
 *          in 8 bytes: short size and short type as one int, data
 * type 14  array: elements flags (class in the low byte), dimensions, name, content
 * type 15  one element, compressed by zlib; not padded
 * struct   (class 2) elements length of field names, field names; then arrays, the fields of the
 *          first struct, of the second, ...
 * others   one element of characters or numbers, of any type that holds them
 * </pre>
 */
final class SynsetTable {
  private static final String SYNSETS = "synsets";
  private static final int HEADER_BYTES = 128;

  /** The kit's table has a tenth of that. */
  private static final int MAX_UNPACKED_BYTES = 1 << 24;

  private static final int ARRAY = 14;
  private static final int COMPRESSED = 15;
  private static final int STRUCT = 2;

  private SynsetTable() {}

  /**
   * WordNet id by the number of the kit.
   *
   * @param place of the file, for error messages
   * @throws DataException if it is no such file
   */
  static Map<Integer, String> read(byte[] mat, String place) throws DataException {
    try {
      ByteBuffer file = ByteBuffer.wrap(mat).order(order(mat));
      file.position(HEADER_BYTES);
      while (file.hasRemaining()) {
        Element element = Element.next(file);
        Element unpacked = element.type == COMPRESSED ? unpacked(element.data) : element;
        Array array = Array.of(unpacked);
        if (array.name.equals(SYNSETS)) {
          return ids(array);
        }
      }
      throw new DataFormatException("found no such struct");
    } catch (DataFormatException e) {
      throw bad(place, e.getMessage(), e);
    } catch (BufferUnderflowException e) {
      throw bad(place, "it is cut off, or damaged", e);
    }
  }

  private static DataException bad(String place, String found, Exception cause) {
    return new DataException(
        Checks.format(
            "Bad meta.mat in %s: expected a MATLAB 5 file with a struct '%s' of ILSVRC2012_ID and"
                + " WNID: %s",
            place, SYNSETS, found),
        cause);
  }

  private static ByteOrder order(byte[] mat) throws DataFormatException {
    if (mat.length >= HEADER_BYTES && mat[126] == 'I' && mat[127] == 'M') {
      return ByteOrder.LITTLE_ENDIAN;
    }
    if (mat.length >= HEADER_BYTES && mat[126] == 'M' && mat[127] == 'I') {
      return ByteOrder.BIG_ENDIAN;
    }
    throw new DataFormatException("found no such header");
  }

  private static Element unpacked(ByteBuffer packed) throws DataFormatException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(packed.order());
      while (inflater.inflate(bytes) > 0) {
        if (bytes.hasRemaining()) {
          continue;
        }
        if (bytes.capacity() >= MAX_UNPACKED_BYTES) {
          throw new DataFormatException("it unpacks to too much");
        }
        bytes = ByteBuffer.allocate(2 * bytes.capacity()).order(packed.order()).put(bytes.flip());
      }
      return Element.next(bytes.flip());
    } finally {
      inflater.end();
    }
  }

  private static Map<Integer, String> ids(Array synsets) throws DataFormatException {
    if (synsets.kind != STRUCT) {
      throw new DataFormatException("found another array of that name");
    }
    ByteBuffer content = synsets.content;
    List<String> fields = fields(content);
    Map<Integer, String> ids = new HashMap<>();
    while (content.hasRemaining()) {
      Integer number = null;
      String id = null;
      for (String field : fields) {
        Element value = Element.next(content);
        if (field.equals("ILSVRC2012_ID")) {
          number = (int) Element.next(Array.of(value).content).number();
        } else if (field.equals("WNID")) {
          id = Element.next(Array.of(value).content).text();
        }
      }
      if (number == null || id == null) {
        throw new DataFormatException("found only the fields " + fields);
      }
      ids.put(number, id.intern());
    }
    return ids;
  }

  private static List<String> fields(ByteBuffer content) throws DataFormatException {
    int length = (int) Element.next(content).number();
    ByteBuffer names = Element.next(content).data;
    if (length < 1 || names.remaining() % length != 0) {
      throw new DataFormatException("found broken names of fields");
    }
    List<String> fields = new ArrayList<>();
    while (names.hasRemaining()) {
      byte[] name = new byte[length];
      names.get(name);
      String text = new String(name, StandardCharsets.US_ASCII);
      int end = text.indexOf('\0');
      fields.add(end < 0 ? text : text.substring(0, end));
    }
    return fields;
  }

  /** A run of values of one type, or of elements. */
  private record Element(int type, ByteBuffer data) {
    static Element next(ByteBuffer in) throws DataFormatException {
      int first = in.getInt();
      if (first >>> 16 != 0) {
        Element small = new Element(first & 0xffff, part(in, in.position(), first >>> 16, 4));
        in.getInt();
        return small;
      }
      int bytes = in.getInt();
      Element element = new Element(first, part(in, in.position(), bytes, in.remaining()));
      int padded = first == COMPRESSED ? bytes : Math.min((bytes + 7) / 8 * 8, in.remaining());
      in.position(in.position() + padded);
      return element;
    }

    private static ByteBuffer part(ByteBuffer in, int from, int bytes, int most)
        throws DataFormatException {
      if (bytes < 0 || bytes > most || bytes > in.remaining()) {
        throw new DataFormatException("found an element that is larger than what holds it");
      }
      return in.slice(from, bytes).order(in.order());
    }

    /** The first value. */
    double number() throws DataFormatException {
      return switch (type) {
        case 1 -> data.get();
        case 2 -> data.get() & 0xff;
        case 3 -> data.getShort();
        case 4 -> data.getShort() & 0xffff;
        case 5, 6 -> data.getInt();
        case 7 -> data.getFloat();
        case 9 -> data.getDouble();
        default -> throw new DataFormatException("found other than a number, type " + type);
      };
    }

    String text() throws DataFormatException {
      Charset charset =
          switch (type) {
            case 1, 2, 16 -> StandardCharsets.UTF_8;
            case 4, 17 ->
                data.order() == ByteOrder.BIG_ENDIAN
                    ? StandardCharsets.UTF_16BE
                    : StandardCharsets.UTF_16LE;
            default -> throw new DataFormatException("found other than a text, type " + type);
          };
      return charset.decode(data).toString();
    }
  }

  /**
   * An array.
   *
   * @param kind its class
   * @param content elements
   */
  private record Array(int kind, String name, ByteBuffer content) {
    static Array of(Element element) throws DataFormatException {
      if (element.type != ARRAY) {
        throw new DataFormatException("found other than an array, type " + element.type);
      }
      ByteBuffer content = element.data;
      int kind = (int) Element.next(content).number() & 0xff;
      Element.next(content);
      String name = Element.next(content).text();
      return new Array(kind, name, content);
    }
  }
}

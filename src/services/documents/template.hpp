#pragma once
// A generated PDF as a service designer writes it: documents/*.toml of a package.
//
//   title  = { zh-Hant = "核定通知書", en = "Notice of approval" }
//   issuer = { zh-Hant = "內政部移民署", en = "National Immigration Agency" }
//   reference = "{application_number}"            # printed at the top right; optional
//   [[block]]
//   heading = { zh-Hant = "…", en = "…" }
//   [[block]]
//   paragraph = { zh-Hant = "台端（{name}）…", en = "Your application {application_number} …" }
//   [[block]]                                      # a table of two columns
//   fields = [ { label = { zh-Hant = "姓名", en = "Name" }, value = "{name}" } ]
//   [[block]]
//   list = "reasons"                               # one bullet per entry of Values::lists
//   [[block]]
//   barcode = { kind = "qr", value = "{verify_url}", caption = { zh-Hant = "…", en = "…" } }
//   when = "verify_url"                            # only if that text or list is there and not
//   empty
//
// Every block prints Chinese, then English. Barcodes are code39, code128 or qr, drawn as vectors.
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/core.hpp"

namespace minben::documents {

enum class Symbology { code39, code128, qr };

struct Heading {
  Bilingual text;
};
struct Paragraph {
  Bilingual text;
  bool small = false;  ///< notes in small print
};
struct Field {
  Bilingual label;
  Bilingual value;  ///< one text for both languages, or one each
};
struct FieldTable {
  std::vector<Field> fields;
};
struct BulletList {
  std::string name;
};
struct Barcode {
  Symbology kind = Symbology::qr;
  std::string value;
  Bilingual caption;
};

struct Block {
  std::variant<Heading, Paragraph, FieldTable, BulletList, Barcode> content;
  std::string when;  ///< "" = always
  int line = 0;
};

/// What fills the placeholders. A value is text, never markup.
struct Values {
  std::map<std::string, Bilingual, std::less<>> texts;
  std::map<std::string, std::vector<Bilingual>, std::less<>> lists;

  void set(std::string name, std::string same_in_both) {
    texts.insert_or_assign(std::move(name), Bilingual{same_in_both, same_in_both});
  }
  void set(std::string name, Bilingual text) {
    texts.insert_or_assign(std::move(name), std::move(text));
  }
};

struct Template {
  std::string file;  ///< for errors
  Bilingual title;
  Bilingual issuer;
  std::string reference;
  std::vector<Block> blocks;

  /// Errors carry `file` and the line. Codes: not_toml, missing_title, missing_issuer,
  /// missing_language, unknown_block, unknown_barcode, bad_placeholder, unknown_key,
  /// empty_document.
  static Result<Template> parse(std::string_view toml, std::string_view file);
  /// Names that a caller must give: all placeholders and lists, but not those only used under
  /// `when` of the same name.
  [[nodiscard]] std::set<std::string> required() const;
  [[nodiscard]] std::set<std::string> used() const;  ///< all names, for `service check`
};

/// Documents are set in "Noto Sans CJK TC" of the font files in `directory`, and in no other font
/// of the machine, so that they come out the same everywhere. Without this call the system's fonts
/// are used. For the whole process; call it before anything is rendered. Files are read at first
/// use.
void use_fonts(std::filesystem::path directory);

/// A4 PDF with selectable text, document metadata and structure tags (ISO 32000-1 §14.8). The same
/// input gives the same bytes. Codes: missing_value (field = name), barcode_unfit, pdf_failed,
/// no_fonts (field = the directory).
/// Thread-safe; one at a time inside (font rendering shares caches).
Result<std::string> render_pdf(const Template& form, const Values& values, Instant issued);

}  // namespace minben::documents

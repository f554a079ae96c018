#include <mutex>

#include "fonts.hpp"
#include "placeholders.hpp"
#include "sheet.hpp"

namespace minben::documents {

namespace {

constexpr Style normal{10.5, false, 0.07, 3};
constexpr Style translated{9.5, false, 0.25, 7};

/// Draws the blocks of one template; each prints Chinese first, then English when it differs.
class Printer {
 public:
  Printer(Sheet& sheet, const Values& values) : sheet_(sheet), values_(values) {}

  Result<void> head(const Template& form) {
    MINBEN_TRY(issuer, both(form.issuer));
    MINBEN_TRY(title, both(form.title));
    MINBEN_TRY(reference, fill(form.reference, values_, Language::en));
    if (!reference.empty()) sheet_.at_top_right(reference, {9.5, false, 0.25, 0});
    sheet_.text("P", issuer.zh_hant, {13, true, 0.07, 0});
    sheet_.text("P", issuer.en, {9.5, false, 0.25, 6});
    sheet_.rule();
    sheet_.space(14);
    sheet_.text("H1", title.zh_hant, {20, true, 0.07, 0});
    sheet_.text("P", title.en, {12.5, false, 0.25, 14});
    return {};
  }

  Result<void> block(const Block& block) {
    if (!block.when.empty() && !has(block.when)) return {};
    return std::visit([&](const auto& content) { return print(content); }, block.content);
  }

 private:
  [[nodiscard]] bool has(const std::string& name) const {
    const auto text = values_.texts.find(name);
    if (text != values_.texts.end()) return !text->second.zh_hant.empty();
    const auto list = values_.lists.find(name);
    return list != values_.lists.end() && !list->second.empty();
  }

  Result<Bilingual> both(const Bilingual& text) const {
    MINBEN_TRY(zh, fill(text.zh_hant, values_, Language::zh_hant));
    MINBEN_TRY(en, fill(text.en, values_, Language::en));
    return Bilingual{std::move(zh), std::move(en)};
  }

  Result<void> print(const Heading& heading) {
    MINBEN_TRY(text, both(heading.text));
    sheet_.space(6);
    sheet_.text("H2", text.zh_hant + "　" + text.en, {12, true, 0.07, 5});
    return {};
  }

  Result<void> print(const Paragraph& paragraph) {
    MINBEN_TRY(text, both(paragraph.text));
    const double scale = paragraph.small ? 0.84 : 1;
    const auto sized = [&](Style style) { return style.size_pt *= scale, style; };
    sheet_.text("P", text.zh_hant, sized(normal));
    if (text.en != text.zh_hant) sheet_.text("P", text.en, sized(translated));
    return {};
  }

  Result<void> print(const FieldTable& table) {
    sheet_.space(4);
    sheet_.rule();
    sheet_.begin("Table");
    for (const Field& field : table.fields) {
      MINBEN_TRY(label, both(field.label));
      MINBEN_TRY(value, both(field.value));
      sheet_.row(label.zh_hant, label.en, value.zh_hant, value.en == value.zh_hant ? "" : value.en);
    }
    sheet_.end("Table");
    sheet_.space(10);
    return {};
  }

  Result<void> print(const BulletList& list) {
    const auto found = values_.lists.find(list.name);
    if (found == values_.lists.end()) {
      return fail(Kind::invalid, "missing_value", "a list has no value", list.name);
    }
    sheet_.begin("L");
    for (const Bilingual& item : found->second) {
      sheet_.bullet(item.zh_hant, normal);
      if (item.en != item.zh_hant) sheet_.bullet(item.en, translated);
    }
    sheet_.end("L");
    sheet_.space(4);
    return {};
  }

  Result<void> print(const Barcode& barcode) {
    MINBEN_TRY(value, fill(barcode.value, values_, Language::en));
    MINBEN_TRY(caption, both(barcode.caption));
    MINBEN_TRY(symbol, draw_symbol(barcode.kind, value));
    const bool square = barcode.kind == Symbology::qr;
    sheet_.symbol(barcode.kind, symbol, square ? "" : value, caption.zh_hant, caption.en);
    return {};
  }

  Sheet& sheet_;
  const Values& values_;
};

/// Pango's font map and fontconfig's caches are shared by all layouts of the process.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

Result<std::string> render_pdf(const Template& form, const Values& values, Instant issued) {
  MINBEN_TRY(title, fill(form.title.zh_hant, values, Language::zh_hant));
  MINBEN_TRY(title_en, fill(form.title.en, values, Language::en));
  const std::lock_guard guard(one_at_a_time());
  MINBEN_CHECK(load_fonts());
  Sheet sheet({title + " " + title_en, form.issuer.zh_hant, issued});
  Printer printer(sheet, values);
  MINBEN_CHECK(printer.head(form));
  for (const Block& block : form.blocks) MINBEN_CHECK(printer.block(block));
  return sheet.finish();
}

}  // namespace minben::documents

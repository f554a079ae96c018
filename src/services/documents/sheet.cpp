#include "sheet.hpp"

#include <algorithm>
#include <cmath>

#include <cairo-pdf.h>

#include "fonts.hpp"

namespace minben::documents {

namespace {

constexpr const char* font = "Noto Sans CJK TC";
constexpr double bottom = Sheet::height - Sheet::margin - 14;  // the footer's line
constexpr double label_width = 170;

cairo_status_t append(void* out, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

/// A structure element for the time of a scope.
class Tag {
 public:
  Tag(cairo_t* cairo, const char* name) : cairo_(cairo), name_(name) {
    cairo_tag_begin(cairo_, name_, "");
  }
  ~Tag() { cairo_tag_end(cairo_, name_); }
  Tag(const Tag&) = delete;
  Tag& operator=(const Tag&) = delete;

 private:
  cairo_t* cairo_;
  const char* name_;
};

}  // namespace

struct Sheet::Layout {
  std::unique_ptr<PangoLayout, void (*)(gpointer)> pango;
  double grey;
};

Sheet::Sheet(const About& about)
    : surface_(cairo_pdf_surface_create_for_stream(append, &out_, width, height),
               cairo_surface_destroy),
      cairo_(cairo_create(surface_.get()), cairo_destroy) {
  auto* pdf = surface_.get();
  const std::string issued = to_string(about.issued);
  cairo_pdf_surface_restrict_to_version(pdf, CAIRO_PDF_VERSION_1_5);
  cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_TITLE, about.title.c_str());
  cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_AUTHOR, about.author.c_str());
  cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATOR, "Minben");
  cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE, issued.c_str());
  cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_MOD_DATE, issued.c_str());
  cairo_tag_begin(cairo_.get(), "Document", "");
}

Sheet::~Sheet() = default;

Sheet::Layout Sheet::layout(std::string_view text, const Style& style, double width_pt) const {
  PangoLayout* pango = new_layout(cairo_.get());
  PangoFontDescription* description = pango_font_description_new();
  pango_font_description_set_family_static(description, font);
  pango_font_description_set_weight(description,
                                    style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size(description, style.size_pt * PANGO_SCALE);
  pango_layout_set_font_description(pango, description);
  pango_font_description_free(description);
  pango_layout_set_text(pango, text.data(), static_cast<int>(text.size()));
  pango_layout_set_width(pango, static_cast<int>(width_pt * PANGO_SCALE));
  pango_layout_set_wrap(pango, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_line_spacing(pango, 1.15F);
  return {{pango, g_object_unref}, style.grey};
}

double Sheet::height_of(const Layout& layout) const {
  int tall = 0;
  pango_layout_get_size(layout.pango.get(), nullptr, &tall);
  return static_cast<double>(tall) / PANGO_SCALE;
}

void Sheet::place(const Layout& layout, double x, double y) const {
  cairo_set_source_rgb(cairo_.get(), layout.grey, layout.grey, layout.grey);
  cairo_move_to(cairo_.get(), x, y);
  pango_cairo_show_layout(cairo_.get(), layout.pango.get());
}

/// Line by line, so that a paragraph may cross pages.
void Sheet::flow(const Layout& layout, double x) {
  PangoLayoutIter* lines = pango_layout_get_iter(layout.pango.get());
  do {
    PangoRectangle box;
    pango_layout_iter_get_line_extents(lines, nullptr, &box);
    const double tall = static_cast<double>(box.height) / PANGO_SCALE;
    need(tall);
    const double ascent =
        static_cast<double>(pango_layout_iter_get_baseline(lines) - box.y) / PANGO_SCALE;
    cairo_set_source_rgb(cairo_.get(), layout.grey, layout.grey, layout.grey);
    cairo_move_to(cairo_.get(), x + static_cast<double>(box.x) / PANGO_SCALE, y_ + ascent);
    pango_cairo_show_layout_line(cairo_.get(), pango_layout_iter_get_line_readonly(lines));
    y_ += tall;
  } while (pango_layout_iter_next_line(lines));
  pango_layout_iter_free(lines);
}

void Sheet::need(double points) {
  if (y_ + points <= bottom || y_ <= margin) return;
  footer();
  cairo_show_page(cairo_.get());
  ++page_;
  y_ = margin;
}

void Sheet::footer() {
  const Layout number = layout(fmt::format("– {} –", page_), {8.5, false, 0.35, 0}, content_width);
  pango_layout_set_alignment(number.pango.get(), PANGO_ALIGN_CENTER);
  place(number, margin, height - margin);
}

void Sheet::text(std::string_view tag, std::string_view text, const Style& style) {
  const std::string name(tag);
  {
    const Tag element(cairo_.get(), name.c_str());
    flow(layout(text, style, content_width), margin);
  }
  y_ += style.after_pt;
}

void Sheet::bullet(std::string_view text, const Style& style) {
  {
    const Tag item(cairo_.get(), "LI");
    const Layout dot = layout("•", style, 14);
    need(height_of(dot));
    place(dot, margin, y_);
    flow(layout(text, style, content_width - 14), margin + 14);
  }
  y_ += style.after_pt;
}

void Sheet::row(std::string_view label, std::string_view label_small, std::string_view value,
                std::string_view value_small) {
  const Style normal{10.5, false, 0.07, 0};
  const Style small{8.5, false, 0.3, 0};
  const double value_width = content_width - label_width;
  const Layout cells[] = {layout(label, {10.5, true, 0.07, 0}, label_width - 8),
                          layout(label_small, small, label_width - 8),
                          layout(value, normal, value_width),
                          layout(value_small, small, value_width)};
  const double small_left = label_small.empty() ? 0 : height_of(cells[1]);
  const double small_right = value_small.empty() ? 0 : height_of(cells[3]);
  const double left = height_of(cells[0]) + small_left;
  const double right = height_of(cells[2]) + small_right;
  const double tall = std::max(left, right) + 8;
  need(tall);
  const Tag element(cairo_.get(), "TR");
  {
    const Tag head(cairo_.get(), "TH");
    place(cells[0], margin, y_ + 3);
    if (small_left > 0) place(cells[1], margin, y_ + 3 + height_of(cells[0]));
  }
  {
    const Tag data(cairo_.get(), "TD");
    place(cells[2], margin + label_width, y_ + 3);
    if (small_right > 0) place(cells[3], margin + label_width, y_ + 3 + height_of(cells[2]));
  }
  y_ += tall;
  rule();
}

void Sheet::begin(const char* tag) { cairo_tag_begin(cairo_.get(), tag, ""); }
void Sheet::end(const char* tag) { cairo_tag_end(cairo_.get(), tag); }

void Sheet::rule() {
  cairo_set_source_rgb(cairo_.get(), 0.75, 0.75, 0.75);
  cairo_set_line_width(cairo_.get(), 0.6);
  cairo_move_to(cairo_.get(), margin, y_);
  cairo_line_to(cairo_.get(), width - margin, y_);
  cairo_stroke(cairo_.get());
}

void Sheet::symbol(Symbology kind, const Symbol& symbol, std::string_view under,
                   std::string_view caption, std::string_view caption_small) {
  // 0.33 mm a module for bars, as shop scanners expect; a QR code as large as 30 mm allows.
  const double unit = kind == Symbology::qr ? std::min(1.2, 86 / symbol.width)
                                            : std::min(0.47, (content_width - 20) / symbol.width);
  const double tall = symbol.height * unit;
  const Layout name = layout(caption, {9.5, true, 0.07, 0}, content_width);
  const Layout name_small = layout(caption_small, {8, false, 0.3, 0}, content_width);
  const Layout text = layout(under, {9, false, 0.07, 0}, content_width);
  const double head = height_of(name) + height_of(name_small) + 4;
  const double foot = under.empty() ? 0 : height_of(text) + 2;
  need(head + tall + foot + 10);
  const Tag figure(cairo_.get(), "Figure");
  place(name, margin, y_);
  place(name_small, margin, y_ + height_of(name));
  y_ += head;
  cairo_set_source_rgb(cairo_.get(), 0, 0, 0);
  for (const Bar& bar : symbol.bars) {
    cairo_rectangle(cairo_.get(), margin + bar.x * unit, y_ + bar.y * unit, bar.width * unit,
                    bar.height * unit);
  }
  cairo_fill(cairo_.get());
  y_ += tall + 2;
  if (!under.empty()) place(text, margin, y_);
  y_ += foot + 8;
}

void Sheet::at_top_right(std::string_view text, const Style& style) {
  const Layout line = layout(text, style, content_width);
  pango_layout_set_alignment(line.pango.get(), PANGO_ALIGN_RIGHT);
  place(line, margin, margin);
}

Result<std::string> Sheet::finish() {
  footer();
  cairo_tag_end(cairo_.get(), "Document");
  cairo_show_page(cairo_.get());
  const auto drawn = cairo_status(cairo_.get());
  cairo_.reset();
  cairo_surface_finish(surface_.get());
  const auto written = cairo_surface_status(surface_.get());
  if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS) {
    const auto status = drawn != CAIRO_STATUS_SUCCESS ? drawn : written;
    return fail(Kind::internal, "pdf_failed", cairo_status_to_string(status));
  }
  return std::move(out_);
}

}  // namespace minben::documents

#include "papers.hpp"

#include <memory>

#include <cairo.h>

#include "documents/template.hpp"

namespace minben::app::demo {

namespace {

constexpr int width = 413, height = 531;

struct Colour {
  double red, green, blue;
};
void fill_ellipse(cairo_t* to, double x, double y, double rx, double ry, Colour colour) {
  cairo_save(to);
  cairo_translate(to, x, y);
  cairo_scale(to, rx, ry);
  cairo_arc(to, 0, 0, 1, 0, 6.2832);
  cairo_restore(to);
  cairo_set_source_rgb(to, colour.red, colour.green, colour.blue);
  cairo_fill(to);
}

cairo_status_t collect(void* into, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void draw_portrait(cairo_t* to, std::size_t variety) {
  const double tone = 0.55 + 0.05 * static_cast<double>(variety % 7);
  const Colour skin{tone + 0.12, tone, tone - 0.14},
      hair{0.12 + 0.08 * static_cast<double>(variety / 7 % 5), 0.1, 0.08};
  const Colour coat{0.15, 0.2 + 0.05 * static_cast<double>(variety / 35 % 6), 0.4};
  cairo_set_source_rgb(to, 0.96, 0.96, 0.97);
  cairo_paint(to);
  fill_ellipse(to, width / 2.0, height + 40.0, 185, 190, coat);
  fill_ellipse(to, width / 2.0, 235, 118, 160, hair);
  fill_ellipse(to, width / 2.0, 380, 48, 60, skin);
  fill_ellipse(to, width / 2.0, 250, 98, 128, skin);
  for (const double side : {-38.0, 38.0})
    fill_ellipse(to, width / 2.0 + side, 238, 9, 7, {0.1, 0.08, 0.08});
  fill_ellipse(to, width / 2.0, 318, 26, 6, {0.6, 0.3, 0.3});
  cairo_set_source_rgb(to, 0.4, 0.4, 0.4);
  cairo_select_font_face(to, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(to, 18);
  cairo_move_to(to, 14, 28);
  cairo_show_text(to, "SAMPLE");
}

documents::FieldTable table(std::initializer_list<std::pair<Bilingual, std::string>> rows) {
  documents::FieldTable out;
  for (const auto& [label, value] : rows) out.fields.push_back({label, {value, value}});
  return out;
}

documents::Paragraph sample_note() {
  return {{"本文件為示範資料，所載人物與號碼均為虛構。",
           "This is a sample for demonstration; the person and the numbers are invented."},
          true};
}

}  // namespace

std::string photo_png(const Resident& resident) {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height), &cairo_surface_destroy);
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> context(cairo_create(surface.get()),
                                                                   &cairo_destroy);
  draw_portrait(context.get(), std::hash<std::string>{}(resident.passport));
  std::string png;
  cairo_surface_write_to_png_stream(surface.get(), collect, &png);
  return png;
}

Result<std::string> passport_pdf(const Resident& resident, Instant at) {
  documents::Template form;
  form.title = {"護照資料頁（樣本）", "Passport, data page (sample)"};
  form.issuer = {"示範國", "Demonstration country"};
  form.blocks.push_back(
      {table({{{"護照號碼", "Passport No."}, resident.passport},
              {{"姓名", "Name"}, resident.name},
              {{"國籍", "Nationality"}, resident.nationality},
              {{"出生日期", "Date of birth"}, to_string(resident.born)},
              {{"性別", "Sex"}, resident.sex},
              {{"效期截止", "Date of expiry"}, to_string(resident.passport_expires)}}),
       "", 0});
  form.blocks.push_back({sample_note(), "", 0});
  return documents::render_pdf(form, {}, at);
}

Result<std::string> evidence_pdf(const Resident& resident, std::string_view what, Instant at) {
  documents::Template form;
  form.title = {"專業資格證明（樣本）", "Evidence of qualification (sample)"};
  form.issuer = {"示範公司", "Sample Employer Ltd"};
  form.blocks.push_back(
      {documents::Paragraph{
           {fmt::format("茲證明 {} 之專業經歷如下。", resident.name),
            fmt::format("This is to certify the experience of {}.", resident.name)},
           false},
       "", 0});
  form.blocks.push_back({table({{{"專業領域", "Field"}, std::string(what)},
                                {{"出生日期", "Date of birth"}, to_string(resident.born)}}),
                         "", 0});
  form.blocks.push_back({sample_note(), "", 0});
  return documents::render_pdf(form, {}, at);
}

}  // namespace minben::app::demo

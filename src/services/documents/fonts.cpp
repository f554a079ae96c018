#include "fonts.hpp"

#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>

#include "template.hpp"

namespace minben::documents {

namespace {

std::filesystem::path& directory() {
  static std::filesystem::path path;
  return path;
}

/// One for the process: Pango's own default is one for each thread that ever drew something.
PangoFontMap*& font_map() {
  static PangoFontMap* map = nullptr;
  return map;
}

/// Knows the files of the directory only, not the system's.
Result<FcConfig*> configuration_of(const std::filesystem::path& path) {
  FcConfig* config = FcConfigCreate();
  FcConfigAppFontAddDir(config, reinterpret_cast<const FcChar8*>(path.c_str()));
  const FcFontSet* found = FcConfigGetFonts(config, FcSetApplication);
  if (found != nullptr && found->nfont > 0) return config;
  FcConfigDestroy(config);
  return fail(Kind::unavailable, "no_fonts", "no font files; build the target `fonts`",
              path.string());
}

}  // namespace

void use_fonts(std::filesystem::path path) { directory() = std::move(path); }

Result<void> load_fonts() {
  if (font_map() != nullptr) return {};
  FcConfig* config = nullptr;
  if (!directory().empty()) {
    MINBEN_TRY(own, configuration_of(directory()));
    config = own;
  }
  PangoFontMap* map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  if (config != nullptr) {
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), config);
    FcConfigDestroy(config);  // the map keeps a reference
  }
  font_map() = map;
  return {};
}

PangoLayout* new_layout(cairo_t* cairo) {
  PangoContext* context = pango_font_map_create_context(font_map());
  pango_cairo_update_context(cairo, context);
  PangoLayout* layout = pango_layout_new(context);
  g_object_unref(context);
  return layout;
}

}  // namespace minben::documents

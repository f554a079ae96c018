// JSON, XML, KML, GeoJSON and TopoJSON as tables.
#include <regex>
#include <set>

#include "support.hpp"
#include "values.hpp"

namespace minben::intake::test {
namespace {

std::vector<std::string> names(const Prepared& made) {
  std::vector<std::string> all;
  for (const Column& one : made.inspection.columns) all.push_back(one.name);
  return all;
}
using Names = std::vector<std::string>;

TEST(JsonFiles, AnArrayOfObjects) {
  Prepare prepare;
  const auto made = prepare.bytes(
      R"([{"名稱":"甲","數":1,"位置":{"縣市":"臺北市","點":[121.5,25]}},
          {"名稱":"乙\n\"二\"","開":true,"數":null},{"數":2.5,"名稱":""}])");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::json);
  EXPECT_EQ(names(*made), (Names{"名稱", "數", "位置.縣市", "位置.點", "開"}));
  EXPECT_EQ(type_of(*made, "數"), Type::number);
  EXPECT_EQ(type_of(*made, "開"), Type::boolean);
  const std::optional<std::string> none;
  EXPECT_EQ(read_back(*made), (Table{{"甲", "1", "臺北市", "[121.5,25]", none},
                                     {"乙\n\"二\"", none, none, none, "true"},
                                     {"", "2.5", none, none, none}}));
  EXPECT_EQ(repairs_text(*made), "");
}

TEST(JsonFiles, RecordsInsideOfWhatCarriesThem) {
  const std::pair<std::string_view, std::string_view> wrapped[] = {
      {R"({"success":true,"result":{"fields":[{"id":"a"},{"id":"b"},{"id":"c"}],"records":[{"a":1,"b":2},{"a":3,"b":4}]}})",
       "result.records"},
      {R"({"updated":"x","stations":[{"a":1,"b":2},{"a":3,"b":4}],"tags":["x","y","z"]})",
       "stations"},
      {R"([{"a":1,"b":2},{"a":3,"b":4},])", ""}};
  for (const auto& [text, layer] : wrapped) {
    Prepare prepare;
    const auto made = prepare.bytes(text);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(made->inspection.layer, layer);
    EXPECT_EQ(read_back(*made), (Table{{"1", "2"}, {"3", "4"}}));
  }
}

TEST(JsonFiles, RecordsByTheirKeys) {
  Prepare prepare;
  const auto made = prepare.bytes(
      R"({"retCode":1,"retVal":{"0001":{"sna":"甲","tot":5},"0002":{"sna":"乙","tot":6},"0003":{"sna":"丙","tot":7}}})");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(names(*made), (Names{"key", "sna", "tot"}));
  EXPECT_EQ(read_back(*made)[1], (std::vector<Value>{"0002", "乙", "6"}));
  EXPECT_EQ(type_of(*made, "key"), Type::text);
}

TEST(JsonFiles, RowsOfValuesAndSingleValues) {
  Prepare prepare;
  const auto rows = prepare.bytes(R"({"data":[["縣市","數"],["臺北市",5],["臺東縣",6]]})");
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ(names(*rows), (Names{"縣市", "數"}));
  EXPECT_EQ(read_back(*rows), (Table{{"臺北市", "5"}, {"臺東縣", "6"}}));
  const auto values = prepare.bytes(R"(["甲","乙"])");
  ASSERT_TRUE(values) << describe(values.error());
  EXPECT_EQ(read_back(*values), (Table{{"甲"}, {"乙"}}));
  const auto one = prepare.bytes(R"({"name":"甲","n":5})");
  ASSERT_TRUE(one) << describe(one.error());
  EXPECT_EQ(read_back(*one), (Table{{"甲", "5"}}));
}

TEST(JsonFiles, LinesOfTheirOwn) {
  Prepare prepare;
  const auto made =
      prepare.bytes("{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"a\":\n\n{\"b\":\"y\",\"a\":3}\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::ndjson);
  EXPECT_EQ(read_back(*made), (Table{{"1", "x"}, {"2", std::nullopt}, {"3", "y"}}));
  EXPECT_EQ(repairs_text(*made), "bad_line 1");
  EXPECT_EQ(repair(*made, "bad_line")->first, 3);
}

TEST(JsonFiles, ALineWithTextBehindItsValueIsLeftOutWhole) {
  Prepare prepare;
  const auto made = prepare.bytes("{\"a\":1}\n{\"a\":2}}x\n{\"a\":3}\n[4]\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"1"}, {"3"}}));
  EXPECT_EQ(repairs_text(*made), "bad_line 2");
  const auto empty = prepare.bytes("{}\n{}\n");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, "not_a_table");
}

TEST(JsonFiles, WhatBreaksOffIsSaidWithItsLine) {
  Prepare prepare;
  const auto made = prepare.bytes("[{\"a\":1},\n{\"a\":2},\n{\"a\"");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "not_a_table");
  EXPECT_NE(made.error().detail.find("line 3"), std::string::npos) << made.error().detail;
}

TEST(JsonFiles, ABracketMayBeginACsvFile) {
  Prepare prepare;
  const auto made = prepare.bytes("[註]名稱,數\n甲,1\n乙,2\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::csv);
  EXPECT_EQ(made->rows, 2);
}

TEST(GeoJsonFiles, PointsHaveTheirDegrees) {
  Prepare prepare;
  const auto made = prepare.bytes(
      R"({"type":"FeatureCollection","features":[
          {"type":"Feature","properties":{"名":"甲","type":"站"},"geometry":{"type":"Point","coordinates":[121.5,25.03]}},
          {"type":"Feature","properties":{"名":"乙"},"geometry":null}]})");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::geojson);
  EXPECT_EQ(names(*made), (Names{"名", "type", "geometry", "longitude", "latitude"}));
  EXPECT_EQ(type_of(*made, "geometry"), Type::geometry);
  EXPECT_EQ(column(*made, "longitude").role, Role::longitude);
  const std::optional<std::string> none;
  EXPECT_EQ(
      read_back(*made),
      (Table{{"甲", "站", R"({"type":"Point","coordinates":[121.5,25.03]})", "121.5", "25.03"},
             {"乙", none, none, none, none}}));
}

TEST(GeoJsonFiles, PropertiesThatAreCalledLikeOurColumnsKeepTheirValues) {
  Prepare prepare;
  const auto made = prepare.bytes(
      R"({"type":"FeatureCollection","features":[
          {"type":"Feature","geometry":{"type":"Point","coordinates":[121.5,25.03]},"properties":{"longitude":"x","geometry":"y"}}]})");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(names(*made),
            (Names{"geometry", "longitude", "latitude", "longitude_2", "geometry_2"}));
  EXPECT_EQ(read_back(*made)[0][3], "x");
  EXPECT_EQ(type_of(*made, "geometry_2"), Type::text);
}

TEST(GeoJsonFiles, MetresOfTaiwanBecomeDegrees) {
  // Taipei Main Station: 121.5170, 25.0478 (WGS 84) is about 302169, 2771106 (TWD97 / TM2 121)
  const std::string features =
      R"("features":[{"type":"Feature","properties":{"n":1},"geometry":{"type":"LineString","coordinates":[[302169,2771106,5.0],[302269,2771206,5.0]]}}])";
  for (const auto& [crs, repair] :
       {std::pair<std::string, std::string>{"", "twd97_assumed 1"},
        {R"("crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3826"}},)",
         "coordinates_converted 1"}}) {
    Prepare prepare;
    const auto made = prepare.bytes(R"({"type":"FeatureCollection",)" + crs + features + "}");
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(repairs_text(*made), repair);
    const Table table = read_back(*made);
    const std::string& text = *table[0][1];
    double x = 0, y = 0;
    ASSERT_EQ(
        std::sscanf(text.c_str(), R"({"type":"LineString","coordinates":[[%lf,%lf],[)", &x, &y), 2)
        << text;
    EXPECT_NEAR(x, 121.5170, 0.001);
    EXPECT_NEAR(y, 25.0478, 0.001);
  }
}

TEST(TopoJsonFiles, SharedBordersBecomeGeometriesAgain) {
  // Two squares with one common side, quantized.
  Prepare prepare;
  const auto made = prepare.bytes(
      R"({"type":"Topology","transform":{"scale":[0.5,0.5],"translate":[120,23]},
          "objects":{"all":{"type":"Polygon","arcs":[[0,1]]},
                     "halves":{"type":"GeometryCollection","geometries":[
                       {"type":"Polygon","arcs":[[0,2]],"properties":{"名":"左"}},
                       {"type":"MultiPolygon","arcs":[[[1,-3]]],"properties":{"名":"右"}},
                       {"type":"Point","coordinates":[1,1],"properties":{"名":"點"}}]}},
          "arcs":[[[2,0],[-2,0],[0,2],[2,0]],[[2,2],[2,0],[0,-2],[-2,0]],[[2,2],[0,-2]]]})");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::topojson);
  EXPECT_EQ(made->inspection.layer, "halves");
  const Table table = read_back(*made);
  ASSERT_EQ(table.size(), 3u);
  EXPECT_EQ(table[0][1],
            R"({"type":"Polygon","coordinates":[[[121,23],[120,23],[120,24],[121,24],[121,23]]]})");
  EXPECT_EQ(
      table[1][1],
      R"({"type":"MultiPolygon","coordinates":[[[[121,24],[122,24],[122,23],[121,23],[121,24]]]]})");
  EXPECT_EQ(table[2][2], "120.5");
  EXPECT_EQ(repairs_text(*made), "other_layers 1");
}

TEST(TopoJsonFiles, BrokenOnesAreRefused) {
  for (const std::string_view text :
       {R"({"type":"Topology","objects":{"a":{"type":"Polygon","arcs":[[7]]}},"arcs":[]})",
        R"({"type":"Topology","objects":{}})",
        R"({"type":"Topology","arcs":[[1,2]],"objects":{"a":{"type":"Point"}}})",
        R"({"type":"Topology","objects":{"a":{"type":"Blob","arcs":[]}},"arcs":[]})"}) {
    Prepare prepare;
    const auto made = prepare.bytes(text);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code, "not_a_table") << describe(made.error());
  }
}

TEST(XmlFiles, TheRepeatedElementIsTheRecord) {
  Prepare prepare;
  const auto made = prepare.bytes(
      R"(<?xml version="1.0" encoding="Big5"?><x:資料集 xmlns:x="urn:x"><更新>2026</更新><站 id="7">
         <名稱>甲 &amp; 乙</名稱><地址><縣市>臺北市</縣市></地址><電話>1</電話><電話>2</電話></站>
         <站 id="8"><名稱>丙</名稱><說明><![CDATA[<b>好</b>]]></說明><地址/></站></x:資料集>)");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::xml);
  EXPECT_EQ(made->inspection.layer, "資料集/站");
  EXPECT_EQ(names(*made), (Names{"id", "名稱", "地址.縣市", "電話", "說明", "地址"}));
  const Table table = read_back(*made);
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0][1], "甲 & 乙");
  EXPECT_EQ(table[0][3], "1; 2");
  EXPECT_EQ(table[1][4], "<b>好</b>");
}

TEST(XmlFiles, RecordsInAttributesAndSingleOnes) {
  Prepare prepare;
  const auto attributes = prepare.bytes(R"(<r><row a="1" b="x"/><row a="2" b="y"/></r>)");
  ASSERT_TRUE(attributes) << describe(attributes.error());
  EXPECT_EQ(read_back(*attributes), (Table{{"1", "x"}, {"2", "y"}}));
  const auto single = prepare.bytes("<r><row><a>1</a><b>x</b></row></r>");
  ASSERT_TRUE(single) << describe(single.error());
  EXPECT_EQ(read_back(*single), (Table{{"1", "x"}}));
  const auto values = prepare.bytes("<r><v>1</v><v>2</v></r>");
  ASSERT_TRUE(values) << describe(values.error());
  EXPECT_EQ(read_back(*values), (Table{{"1"}, {"2"}}));
}

TEST(XmlFiles, EntitiesFromOutsideAndBombsAreNotRead) {
  Prepare prepare;
  const auto outside = prepare.bytes(
      R"(<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><v a="1">&x;</v><v a="2">b</v></r>)");
  if (outside) {
    EXPECT_EQ(read_back(*outside)[0].size(), 2u);
    EXPECT_EQ(read_back(*outside)[0][1], std::nullopt);
  }
  std::string bomb =
      "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">";
  for (char c = 'b'; c < 'm'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " \"";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "\">";
  }
  EXPECT_FALSE(prepare.bytes(bomb + "]><r><v>&l;</v><v>&l;</v></r>"));
}

TEST(KmlFiles, PlacemarksAreRows) {
  Prepare prepare;
  const auto made = prepare.bytes(
      R"(<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>圖</name>
      <Folder><name>站點</name><Placemark><name>甲站</name><ExtendedData><Data name="類別"><value>公園</value></Data></ExtendedData>
      <Point><coordinates> 121.5,25.03,0 </coordinates></Point></Placemark></Folder>
      <Folder><name>區域</name><Placemark><name>一區</name><ExtendedData><SchemaData><SimpleData name="面積">5.5</SimpleData></SchemaData></ExtendedData>
      <Polygon><outerBoundaryIs><LinearRing><coordinates>121,25 122,25 122,26 121,25</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>)");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::kml);
  const Table table = read_back(*made);
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(names(*made),
            (Names{"name", "類別", "folder", "geometry", "longitude", "latitude", "面積"}));
  EXPECT_EQ(table[0][3], R"({"type":"Point","coordinates":[121.5,25.03]})");
  EXPECT_EQ(table[1][3],
            R"({"type":"Polygon","coordinates":[[[121,25],[122,25],[122,26],[121,25]]]})");
  EXPECT_EQ(table[1][2], "區域");
}

TEST(OtherFiles, AreNamedForWhatTheyAre) {
  const std::pair<std::string_view, std::string_view> files[] = {
      {"%PDF-1.7 x", "PDF"},
      {"\xd0\xcf\x11\xe0\xa1\xb1", ".xls"},
      {"<!DOCTYPE html><html>", "web page"},
      {"\x89PNG\r\n", "image"},
      {"PAR1xxxx", "Parquet"},
      {"   \n  ", "empty"},
      {"", "empty"},
      {"<r>", "XML"}};
  for (const auto& [bytes, what] : files) {
    Prepare prepare;
    const auto made = prepare.bytes(bytes);
    ASSERT_FALSE(made) << what;
    EXPECT_EQ(made.error().code, "not_a_table") << what;
    EXPECT_NE(made.error().detail.find(what), std::string::npos) << made.error().detail;
  }
  Prepare prepare;
  prepare.hints.format = "XML";
  const auto made = prepare.bytes("a,b\n1,2\n");
  ASSERT_TRUE(made);
  EXPECT_EQ(repaired(*made, "format_mismatch"), 1);
}

TEST(Documentation, KnowsEveryRepair) {
  const std::filesystem::path root = MINBEN_SOURCE_DIR;
  const std::string text = minben::test::read_file(root / "docs/intake.md");
  static const std::regex code(R"re((?:\.add\(|\? |: |return )"([a-z]+(?:_[a-z0-9]+)+)")re");
  std::set<std::string> codes;
  for (const std::string file : {"encoding", "layout", "table", "prepare", "json_records",
                                 "topojson", "shapefile", "xlsx", "ods"}) {
    const std::string source = minben::test::read_file(root / "src/data/intake" / (file + ".cpp"));
    for (std::sregex_iterator it(source.begin(), source.end(), code), end; it != end; ++it)
      codes.insert((*it)[1]);
  }
  for (Spellings one = 1; one <= hour_spelling; one = static_cast<Spellings>(one << 1))
    codes.insert(std::string(spelling_name(one)));
  codes.erase("unequal_records");  // of records, which may leave out what they do not have
  EXPECT_GE(codes.size(), 40u);
  for (const std::string& one : codes)
    EXPECT_NE(text.find("`" + one + "`"), std::string::npos) << one;
}

}  // namespace
}  // namespace minben::intake::test

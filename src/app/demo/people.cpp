#include "people.hpp"

#include <array>

namespace minben::app::demo {

namespace {

struct Origin {
  std::string_view nationality;
  std::array<std::string_view, 6> women;
  std::array<std::string_view, 6> men;
  std::array<std::string_view, 8> families;
};

constexpr std::array origins{
    Origin{"US",
           {"Emily", "Grace", "Hannah", "Natalie", "Rachel", "Zoe"},
           {"Aaron", "Daniel", "Ethan", "Jacob", "Nathan", "Tyler"},
           {"Abernathy", "Callowell", "Draymore", "Ellsbury", "Hartwick", "Lindqvale", "Pemberlyn",
            "Winthorpe"}},
    Origin{"GB",
           {"Alice", "Beatrice", "Charlotte", "Eleanor", "Imogen", "Poppy"},
           {"Arthur", "Callum", "Edward", "Hugh", "Oliver", "Rupert"},
           {"Ashcombe", "Birkenshaw", "Cotterell", "Fernsby", "Hollingdale", "Merriwell",
            "Thistlewood", "Wexcombe"}},
    Origin{"JP",
           {"Aiko", "Haruka", "Keiko", "Misaki", "Sakura", "Yui"},
           {"Daiki", "Haruto", "Kenji", "Makoto", "Ryo", "Takumi"},
           {"Aokiyama", "Fujishiro", "Hayamizu", "Kurosawa", "Minazuki", "Ochiai", "Shirogane",
            "Tachihara"}},
    Origin{"DE",
           {"Anneliese", "Frieda", "Johanna", "Katrin", "Lena", "Sabine"},
           {"Dieter", "Jonas", "Klaus", "Lukas", "Matthias", "Stefan"},
           {"Achterberg", "Brandhorst", "Eichenlaub", "Falkenrath", "Lindenthal", "Oberhauser",
            "Rosenkamp", "Weidenbach"}},
    Origin{"FR",
           {"Amélie", "Camille", "Élodie", "Juliette", "Margaux", "Sophie"},
           {"Antoine", "Étienne", "Guillaume", "Julien", "Mathieu", "Rémi"},
           {"Beauchesne", "Delacourte", "Fontanelle", "Lavergnier", "Montclair", "Rochebrune",
            "Saint-Aubert", "Valmorel"}},
    Origin{"IN",
           {"Ananya", "Deepika", "Kavya", "Meera", "Priya", "Sunita"},
           {"Aditya", "Karan", "Nikhil", "Rohan", "Sanjay", "Vikram"},
           {"Acharekar", "Banerjee", "Chandrasekar", "Deshmukh", "Iyengar", "Kulkarni",
            "Ramanathan", "Srivastava"}},
    Origin{"HK",
           {"Ka Yan", "Lai Ming", "Mei Kuen", "Pui Shan", "Tsz Ching", "Wing Sze"},
           {"Chi Keung", "Ho Yin", "Ka Ho", "Man Kit", "Siu Ming", "Wai Lun"},
           {"Au-Yeung", "Cheung", "Fung", "Kwok", "Leung", "Ng", "Szeto", "Yip"}},
    Origin{"SG",
           {"Hui Ling", "Jia Wen", "Li Xuan", "Nurul", "Shanthi", "Xin Yi"},
           {"Boon Kiat", "Farid", "Jun Wei", "Kai Jie", "Suresh", "Zhi Hao"},
           {"Chew", "Goh", "Koh", "Lim", "Ong", "Quek", "Tay", "Yeo"}},
    Origin{"CA",
           {"Abigail", "Chloé", "Fiona", "Maeve", "Noémie", "Tessa"},
           {"Benoît", "Connor", "Gavin", "Liam", "Owen", "Samuel"},
           {"Arsenault", "Beausoleil", "Carmody", "Drummond", "Gallantine", "MacAllan", "Sinclare",
            "Tremblaye"}},
    Origin{"KR",
           {"Eun-ji", "Hye-jin", "Ji-woo", "Min-seo", "Seo-yeon", "Soo-ah"},
           {"Do-yun", "Hyun-woo", "Jae-min", "Joon-ho", "Min-jun", "Sung-jin"},
           {"Baek", "Choi", "Hwang", "Jeong", "Moon", "Noh", "Ryu", "Seong"}},
};

constexpr std::array<std::string_view, 20> families_zh = {"陳", "林", "黃", "張", "李", "王", "吳",
                                                          "劉", "蔡", "楊", "許", "鄭", "謝", "郭",
                                                          "洪", "曾", "邱", "廖", "賴", "徐"};
constexpr std::array<std::string_view, 20> families_latin = {
    "Chen", "Lin",   "Huang", "Chang", "Li",   "Wang",  "Wu",   "Liu",  "Tsai", "Yang",
    "Hsu",  "Cheng", "Hsieh", "Kuo",   "Hung", "Tseng", "Chiu", "Liao", "Lai",  "Hsu"};
struct Syllable {
  std::string_view zh, latin;
};
constexpr std::array<Syllable, 24> given = {{
    {"雅", "Ya"},    {"婷", "Ting"}, {"怡", "Yi"},    {"君", "Chun"}, {"淑", "Shu"},
    {"芬", "Fen"},   {"志", "Chih"}, {"明", "Ming"},  {"俊", "Chun"}, {"傑", "Chieh"},
    {"建", "Chien"}, {"宏", "Hung"}, {"佩", "Pei"},   {"珊", "Shan"}, {"家", "Chia"},
    {"豪", "Hao"},   {"美", "Mei"},  {"玲", "Ling"},  {"文", "Wen"},  {"彥", "Yen"},
    {"欣", "Hsin"},  {"宜", "I"},    {"承", "Cheng"}, {"翰", "Han"},
}};

struct District {
  std::string_view zh, en;
};
constexpr std::array<District, 10> districts = {{
    {"臺北市大安區", "Da'an District, Taipei City"},
    {"臺北市信義區", "Xinyi District, Taipei City"},
    {"新北市板橋區", "Banqiao District, New Taipei City"},
    {"桃園市中壢區", "Zhongli District, Taoyuan City"},
    {"新竹市東區", "East District, Hsinchu City"},
    {"臺中市西屯區", "Xitun District, Taichung City"},
    {"臺南市東區", "East District, Tainan City"},
    {"高雄市左營區", "Zuoying District, Kaohsiung City"},
    {"花蓮縣花蓮市", "Hualien City, Hualien County"},
    {"臺東縣臺東市", "Taitung City, Taitung County"},
}};

template <class List>
const auto& pick(const List& list, Random& random) {
  return list[random.below(list.size())];
}

int letter_value(
    char letter) {  // the letters' two-digit values, as the household registration numbers them
  constexpr std::string_view order = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
  return 10 + static_cast<int>(order.find(letter));
}

int weighted_sum(std::string_view letter_and_eight_digits) {
  const int letter = letter_value(letter_and_eight_digits.front());
  int sum = letter / 10 + letter % 10 * 9;
  for (int i = 1; i <= 8; ++i)
    sum += (letter_and_eight_digits[static_cast<std::size_t>(i)] - '0') * (9 - i);
  return sum;
}

std::string with_check_digit(std::string number) {
  number += static_cast<char>('0' + (10 - weighted_sum(number) % 10) % 10);
  return number;
}

std::string mail_name(std::string_view name, int serial) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    else if (c >= 'a' && c <= 'z') out += c;
    else if (c == ' ' && !out.ends_with('.')) out += '.';
  }
  return fmt::format("{}.{}@people.example", out, serial);
}

void give_citizen_name(Resident& resident, Random& random) {
  const std::size_t family = random.below(families_zh.size());
  const Syllable& first = pick(given, random);
  const Syllable& second = pick(given, random);
  resident.nationality = "TW";
  resident.name_zh = fmt::format("{}{}{}", families_zh[family], first.zh, second.zh);
  resident.name = fmt::format("{} {}-{}", families_latin[family], first.latin, second.latin);
}

void give_foreign_name(Resident& resident, Random& random) {
  const Origin& origin = pick(origins, random);
  resident.nationality = origin.nationality;
  const auto& names = resident.sex == "F" ? origin.women : origin.men;
  resident.name = fmt::format("{} {}", pick(names, random), pick(origin.families, random));
}

Resident make_resident(int serial, Date today, Random& random) {
  Resident resident;
  const bool woman = random.below(2) == 0;
  const bool citizen = serial % 2 == 0;
  resident.sex = woman ? "F" : "M";
  if (citizen) give_citizen_name(resident, random);
  else give_foreign_name(resident, random);
  resident.number = citizen ? make_national_id(woman, serial) : make_ui_number(woman, serial);
  resident.born = add_days(
      add_years(today, -static_cast<int>(citizen ? 18 + random.below(70) : 25 + random.below(40))),
      -static_cast<int>(random.below(365)));
  resident.email = mail_name(resident.name, serial);
  const District& district = pick(districts, random);
  const auto lane = 1 + random.below(300), house = 1 + random.below(200),
             floor = 1 + random.below(12);
  resident.address_zh = fmt::format("{}民本路{}巷{}號{}樓", district.zh, lane, house, floor);
  resident.address_en =
      fmt::format("{}F, No. {}, Lane {}, Minben Road, {}", floor, house, lane, district.en);
  // Two letters no country's series begins with, so that no such passport exists.
  resident.passport = fmt::format("ZZ{:07}", 9'000'000 + serial);
  resident.passport_expires = add_days(today, 60 + static_cast<int>(random.below(3400)));
  resident.in_taiwan = citizen || random.below(3) != 0;
  // A letter for no office and a series that no card has.
  if (citizen) resident.household_number = fmt::format("Y9{:06}", serial);
  if (resident.in_taiwan) resident.health_card = fmt::format("999900{:06}", serial);
  return resident;
}

}  // namespace

std::string make_national_id(bool woman, int serial) {
  MINBEN_ASSERT(serial >= 0 && serial < 1'000'000);
  return with_check_digit(fmt::format("Y{}9{:06}", woman ? 2 : 1, serial));
}

std::string make_ui_number(bool woman, int serial) {
  MINBEN_ASSERT(serial >= 0 && serial < 1'000'000);
  return with_check_digit(fmt::format("Y{}9{:06}", woman ? 9 : 8, serial));
}

bool has_valid_check_digit(std::string_view number) {
  if (number.size() != 10 || number[0] < 'A' || number[0] > 'Z') return false;
  for (const char c : number.substr(1))
    if (c < '0' || c > '9') return false;
  return (weighted_sum(number.substr(0, 9)) + (number[9] - '0')) % 10 == 0;
}

std::vector<Minor> make_minors(const std::vector<Resident>& residents, Date today,
                                 Random& random) {
  constexpr int first_serial = 900'000;
  std::vector<Minor> minors;
  int citizens = 0;
  for (std::size_t i = 1; i < residents.size(); ++i) {  // the first of the list has died
    const Resident& guardian = residents[i];
    if (!guardian.is_citizen() || citizens++ % 2 != 0) continue;
    if (guardian.born > add_years(today, -20)) continue;
    const int serial = first_serial + static_cast<int>(i);
    Minor child{guardian, i};
    Resident& self = child.self;
    const bool girl = random.below(2) == 0;
    self.sex = girl ? "F" : "M";
    self.number = make_national_id(girl, serial);
    const Syllable &first = pick(given, random), &second = pick(given, random);
    constexpr std::size_t family_bytes = 3;  // one character
    self.name_zh =
        fmt::format("{}{}{}", guardian.name_zh.substr(0, family_bytes), first.zh, second.zh);
    self.name = fmt::format("{} {}-{}", guardian.name.substr(0, guardian.name.find(' ')),
                            first.latin, second.latin);
    self.born = add_days(add_years(today, -static_cast<int>(2 + random.below(15))),
                         -static_cast<int>(random.below(365)));
    self.email.clear();
    self.passport = fmt::format("ZZ{:07}", 8'000'000 + serial);
    self.health_card = fmt::format("999900{:06}", serial);
    minors.push_back(std::move(child));
  }
  return minors;
}

std::vector<Company> make_companies(const std::vector<Resident>& residents) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> names = {
      {{"示範科技股份有限公司", "Demonstration Technology Co., Ltd."},
       {"樣本生技股份有限公司", "Sample Biotech Co., Ltd."},
       {"虛構顧問有限公司", "Fictional Consulting Ltd."},
       {"展示影像有限公司", "Showcase Imaging Ltd."}}};
  // With the check digits that make the sum a multiple of five (identity::is_company_number).
  constexpr std::array<std::string_view, 4> numbers = {"00000103", "00000108", "00000114",
                                                       "00000119"};
  std::vector<Company> companies;
  for (std::size_t i = 1; i < residents.size() && companies.size() < names.size(); ++i) {
    if (!residents[i].is_citizen()) continue;
    const std::size_t place = companies.size();
    companies.push_back({std::string(numbers[place]), std::string(names[place].first),
                         std::string(names[place].second), i});
  }
  return companies;
}

std::vector<Resident> make_residents(int count, Date today, Random& random) {
  std::vector<Resident> residents;
  residents.reserve(static_cast<std::size_t>(count));
  for (int serial = 0; serial < count; ++serial)
    residents.push_back(make_resident(serial, today, random));
  return residents;
}

}  // namespace minben::app::demo

"""Places, and the two coordinate systems a phone in China speaks: WGS-84 and GCJ-02."""

import math
from dataclasses import dataclass

AXIS = 6378245.0
ECCENTRICITY = 0.00669342162296594323


@dataclass(frozen=True)
class Place:
    """A named point in GCJ-02, as Chinese maps draw it."""

    label: str
    latitude: float
    longitude: float
    accuracy: float = 30.0

    def as_wgs84(self) -> tuple[float, float]:
        """Latitude and longitude as satellites see them."""
        return gcj02_to_wgs84(self.latitude, self.longitude)

    def as_json(self) -> dict[str, object]:
        """Both readings, as the phone's script needs them."""
        latitude, longitude = self.as_wgs84()
        return {
            "label": self.label,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "accuracy": self.accuracy,
            "wgs84": {"latitude": round(latitude, 6), "longitude": round(longitude, 6)},
        }


def wgs84_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """The public approximation of the Chinese map offset."""
    x, y = longitude - 105.0, latitude - 35.0
    common = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + common
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + common
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    radians = math.radians(latitude)
    magic = 1 - ECCENTRICITY * math.sin(radians) ** 2
    root = math.sqrt(magic)
    north = math.degrees(north) * magic * root / (AXIS * (1 - ECCENTRICITY))
    east = math.degrees(east) * root / (AXIS * math.cos(radians))
    return latitude + north, longitude + east


def gcj02_to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    """The inverse, by three rounds of correction (below a centimetre)."""
    guess_latitude, guess_longitude = latitude, longitude
    for _ in range(3):
        shifted_latitude, shifted_longitude = wgs84_to_gcj02(guess_latitude, guess_longitude)
        guess_latitude += latitude - shifted_latitude
        guess_longitude += longitude - shifted_longitude
    return guess_latitude, guess_longitude


DEFAULT_PLACES = (
    Place("天府广场", 30.657420, 104.065840),
    Place("春熙路", 30.655430, 104.080160),
    Place("成都东站", 30.629610, 104.141310),
    Place("成都南站", 30.606760, 104.068120),
    Place("宽窄巷子", 30.669800, 104.053320),
    Place("杜甫草堂", 30.660220, 104.028870),
    Place("金融城双塔", 30.584190, 104.062190),
    Place("环球中心", 30.569470, 104.063430),
    Place("电子科技大学沙河校区", 30.675560, 104.100330),
    Place("文殊院", 30.676740, 104.072580),
    Place("华西坝", 30.642130, 104.066770),
    Place("锦城广场", 30.573090, 104.076200),
)

#include "geo_parts.h"

#include <math.h>

bool point_valid(struct point p)
{
    return p.lat >= -90 && p.lat <= 90 && p.lon >= -180 && p.lon <= 180; /* false for NaN */
}

double geo_distance(struct point a, struct point b)
{
    double lon = fabs(b.lon - a.lon);
    if (lon > 180) lon = 360 - lon; /* exact: 180 and -180 are one meridian */
    double half_lat = sin((b.lat - a.lat) / RADIAN / 2), half_lon = sin(lon / RADIAN / 2);
    double h = half_lat * half_lat + cos(a.lat / RADIAN) * cos(b.lat / RADIAN) * half_lon * half_lon;
    return 2 * EARTH_RADIUS * asin(sqrt(h < 1 ? h : 1));
}

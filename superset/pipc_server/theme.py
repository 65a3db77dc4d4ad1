"""One calm palette: every text colour passes contrast AA (4.5:1) on white, and white on every colour that carries text."""

from __future__ import annotations

PRIMARY = "#1F4E79"
TEXT = "#202124"
MUTED = "#5F6368"

# Series in the order in which charts take them; status colours are given by value, never by order.
SERIES = ["#1F5FA8", "#9A5B00", "#1B7F4B", "#6B4FA0", "#4F6D7A", "#B3261E", "#5F6368", "#00727A", "#8A4B6B", "#3C4043"]

THEME = {
    "algorithm": "default",
    "token": {
        "brandAppName": "Participación ciudadana",
        "brandLogoAlt": "Participación ciudadana",
        "brandLogoUrl": "/static/pipc/logo.svg",
        "brandLogoMargin": "18px 0",
        "brandLogoHref": "/",
        "brandLogoHeight": "24px",
        "brandSpinnerUrl": "/static/pipc/spinner.svg",
        "brandSpinnerSvg": None,
        "colorPrimary": PRIMARY,
        "colorLink": "#1F5FA8",
        "colorInfo": "#1F5FA8",
        "colorSuccess": "#1B7F4B",
        "colorWarning": "#9A5B00",
        "colorError": "#B3261E",
        "colorTextBase": TEXT,
        "colorTextDescription": MUTED,
        "colorTextSecondary": MUTED,
        "colorTextTertiary": MUTED,
        "colorTextPlaceholder": MUTED,
        "colorIcon": MUTED,
        "borderRadius": 4,
        # Fonts that the wheel carries, then the machine's own: none is fetched from elsewhere.
        "fontUrls": [],
        "fontFamily": "Inter, Helvetica, Arial, sans-serif",
        "fontFamilyCode": "'IBM Plex Mono', 'Courier New', monospace",
        "transitionTiming": 0.3,
        "brandIconMaxWidth": 260,
        "fontSizeXS": "8",
        "fontSizeXXL": "28",
        "fontWeightNormal": "400",
        "fontWeightLight": "300",
        "fontWeightStrong": "500",
        "fontWeightBold": "700",
        "colorEditorSelection": "#D6E4F2",
    },
}

CATEGORICAL_SCHEMES = [{"id": "pipc", "label": "Participación", "description": "", "isDefault": True, "colors": SERIES}]
SEQUENTIAL_SCHEMES = [
    {
        "id": "pipc_secuencial",
        "label": "Participación, de menos a más",
        "description": "",
        "isDiverging": False,
        "isDefault": True,
        "colors": ["#EEF4FA", "#CFE0F1", "#A9C8E6", "#7BA9D6", "#4A86C0", "#1F5FA8", "#1F4E79"],
    },
    {
        "id": "pipc_divergente",
        "label": "Participación, por debajo y por encima",
        "description": "",
        "isDiverging": True,
        "isDefault": False,
        "colors": ["#B3261E", "#E29A94", "#F6E3E1", "#F5F5F5", "#DCE9F5", "#8FB4DA", "#1F5FA8"],
    },
]

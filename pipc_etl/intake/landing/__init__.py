"""Where files are handed in: the landing folder, and beside it folders of SFTP servers and S3 storage, all taken in the same way."""

from pipc_etl.intake.landing.place import Fetched, LandingPlace, Look, PlaceError, Waiting
from pipc_etl.intake.landing.places import LandingPlaces

__all__ = ["Fetched", "LandingPlace", "LandingPlaces", "Look", "PlaceError", "Waiting"]
